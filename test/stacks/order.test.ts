import { beforeAll, describe, expect, it } from 'vitest';
import pLimit from 'p-limit';
import {
  depends,
  instances,
  plan,
  type OplanBody,
  type Fields,
  type StackBody,
} from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;
beforeAll(async () => {
  service = await startStackService();
});

type Edge = [string, string];

/** Plans `p0`, `p1`, ... of one or two objects, instances and volumes in turn. */
function graph(
  container: string,
  plans: number,
  edges: Edge[],
  sizeOf: (index: number) => number = () => 1,
  fields: Fields = {},
): StackBody {
  const oplans = Array.from({ length: plans }, (_, index): OplanBody => {
    const label = `p${index}`;
    const names = Array.from({ length: sizeOf(index) }, (_none, at) => `/${container}/dan/${label}.${at}`);
    return index % 2 === 0 ? instances(label, names, fields) : plan(label, 'storage/volume', names, fields);
  });
  return { name: `/${container}/dan/graph`, oplans, relationships: depends(...edges) };
}

/** Positions of everything that the driver did, by operation and plan. */
async function recorded(container: string, operation: string): Promise<Map<string, number[]>> {
  const positions = new Map<string, number[]>();
  const journal = await service.simulation.journal(`/${container}/`);
  journal.forEach((entry, position) => {
    if (entry.operation !== operation) return;
    const label = entry.name.split('/').at(-1)?.split('.')[0] ?? '';
    positions.set(label, [...(positions.get(label) ?? []), position]);
  });
  return positions;
}

/** Starts and stops it, and compares both orders with the edges as the driver recorded them. */
async function checkOrder(body: StackBody, edges: Edge[]): Promise<void> {
  const { stacks } = service;
  const container = body.name.split('/')[1] ?? '';
  await stacks.add(body);
  await stacks.bring(body.name, 'START', 'ready');
  await stacks.bring(body.name, 'STOP', 'stopped');
  const objects = body.oplans.flatMap(({ objects: list }) =>
    list.flatMap((entry) => (Array.isArray(entry['instances']) ? entry['instances'] : [entry])),
  ).length;
  const created = await recorded(container, 'create');
  const destroyed = await recorded(container, 'destroy');
  expect([...created.values()].flat()).toHaveLength(objects);
  expect([...destroyed.values()].flat()).toHaveLength(objects);
  for (const [user, used] of edges) {
    const what = `${user} depends on ${used} in ${body.name}`;
    expect(Math.max(...(created.get(used) ?? [])), what).toBeLessThan(Math.min(...(created.get(user) ?? [])));
    expect(Math.max(...(destroyed.get(user) ?? [])), what).toBeLessThan(
      Math.min(...(destroyed.get(used) ?? [])),
    );
  }
}

describe('A60: dependencies order creation and destruction, as the driver recorded it', () => {
  it('A61 A62: in a chain', async () => {
    const edges: Edge[] = Array.from({ length: 9 }, (_, index) => [`p${index + 1}`, `p${index}`]);
    await checkOrder(graph('chain', 10, edges), edges);
  });

  it('in a diamond', async () => {
    const edges: Edge[] = [
      ['p3', 'p1'],
      ['p3', 'p2'],
      ['p1', 'p0'],
      ['p2', 'p0'],
    ];
    await checkOrder(
      graph('diamond', 4, edges, () => 2),
      edges,
    );
  });

  it('and each waits until the one before is through, not only asked for', async () => {
    const edges: Edge[] = [
      ['p2', 'p1'],
      ['p1', 'p0'],
    ];
    const seconds = 0.5;
    const body = graph('patient', 3, edges, () => 1, { simulation: { seconds } });
    await checkOrder(body, edges);
    const journal = await service.simulation.journal('/patient/');
    const times = journal.map(({ at }) => Date.parse(at));
    expect(times).toHaveLength(6);
    times.slice(1).forEach((time, index) => {
      expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(seconds * 1000);
    });
  });

  it('in 200 random acyclic graphs', { timeout: 900_000 }, async () => {
    const random = generator(20_261_121);
    const limit = pLimit(6);
    const bodies = inStacks(Array.from({ length: 200 }, () => randomGraph(random)));
    await Promise.all(
      bodies.map(({ sizes, edges }, number) => {
        const body = graph(`random-${number}`, sizes.length, edges, (index) => sizes[index] ?? 1);
        return limit(() => checkOrder(body, edges));
      }),
    );
  });
});

/** The objects of each plan, and who depends on whom, by place. */
interface Graph {
  sizes: number[];
  pairs: [number, number][];
}

/** Two to six plans. */
function randomGraph(random: (below: number) => number): Graph {
  const plans = 2 + random(5);
  // Any edge from a later to an earlier place of a random order leaves no cycle.
  const order = Array.from({ length: plans }, (_, index) => index).sort(() => random(3) - 1);
  const pairs = order.flatMap((user, place) =>
    order.slice(0, place).flatMap((used): [number, number][] => (random(10) < 4 ? [[user, used]] : [])),
  );
  return { sizes: order.map(() => 1 + random(2)), pairs };
}

/** A stack may have ten plans: as many graphs stand side by side in one as fit, none of which knows of the others. */
function inStacks(graphs: Graph[]): { sizes: number[]; edges: Edge[] }[] {
  const bodies: { sizes: number[]; edges: Edge[] }[] = [];
  for (const { sizes, pairs } of graphs) {
    let body = bodies.at(-1);
    if (!body || body.sizes.length + sizes.length > 10) bodies.push((body = { sizes: [], edges: [] }));
    const first = body.sizes.length;
    body.sizes.push(...sizes);
    body.edges.push(...pairs.map(([user, used]): Edge => [`p${first + user}`, `p${first + used}`]));
  }
  return bodies;
}

/**
 * Whole numbers below a limit, the same ones in every run (a linear congruential generator, Numerical Recipes' constants).
 */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
