import { beforeAll, describe, expect, it } from 'vitest';
import { ApiRig } from '../api-rig.ts';
import { added, aDefinition, nesting } from './definitions.ts';
import type { StackDefinition } from '../../../src/domain/stacks/definition.ts';

const ROUNDS = 15;
let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
});

const holding = (name: string, other: string): StackDefinition =>
  aDefinition(name, { oplans: [nesting(other)], relationships: [] });

/** Sends what would close a cycle together, all at once; answers how many were taken. */
async function taken(method: 'POST' | 'PUT', ring: string[]): Promise<number> {
  const answers = await Promise.all(
    ring.map((name, index) => {
      const path = method === 'POST' ? '/orchestration/' : `/orchestration${name}`;
      return rig.call(method, path, { body: holding(name, ring[(index + 1) % ring.length] ?? '') });
    }),
  );
  const refused = answers.filter(({ status }) => status >= 300);
  for (const { status, body } of refused) {
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { detail: expect.stringMatching(/must not hold itself/) as string },
    });
  }
  return answers.length - refused.length;
}

describe('definitions that hold each other and come at the same moment', () => {
  it('A64: of two new stacks one is added', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      expect(await taken('POST', [`/ring/new-${round}/a`, `/ring/new-${round}/b`])).toBe(1);
    }
  });

  it('A64: of two changes one is taken, though neither is in force yet', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const ring = [`/ring/put-${round}/a`, `/ring/put-${round}/b`];
      for (const name of ring) await added(rig, aDefinition(name));
      expect(await taken('PUT', ring)).toBe(1);
    }
  });

  it('A64: of a longer ring all but one are taken', async () => {
    const ring = ['a', 'b', 'c', 'd'].map((last) => `/ring/long/${last}`);
    expect(await taken('POST', ring)).toBe(3);
  });

  it('A64: a change that was refused by the engine bars nothing', async () => {
    const [a, b] = ['/ring/refused/a', '/ring/refused/b'] as const;
    for (const name of [a, b]) await added(rig, aDefinition(name));
    rig.stackGateway.outcome = { kind: 'refused', reason: 'not now' };
    const refused = await rig.call('PUT', `/orchestration${a}`, { body: holding(a, b) });
    expect(refused.status).toBe(409);
    rig.stackGateway.outcome = { kind: 'accepted', status: 'starting' };
    const other = await rig.call('PUT', `/orchestration${b}`, { body: holding(b, a) });
    expect(other.status).toBe(200);
  });
});
