import { createRoute, z } from '@hono/zod-openapi';
import pLimit from 'p-limit';
import { inSlices } from '../../../../clients/in-slices.ts';
import { UnavailableError } from '../../../../domain/errors.ts';
import type { Targets } from '../../../../domain/upgrades/orchestration-parameters.ts';
import {
  checkPatterns,
  normalizeTargets,
  targetsSchema,
} from '../../../../domain/upgrades/selector-schema.ts';
import type { Runtime } from '../../../../domain/upgrades/runtime.ts';
import type { Slices } from '../../../../domain/slices.ts';
import { compileTargets, type Selection } from '../../../../domain/upgrades/selectors.ts';
import { BODY_PROBLEMS, bearer, noQuery, problems, timestamp } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { JSON_TYPE } from '../../../media-types.ts';
import { permits } from '../../../middleware/authorization.ts';
import { accepts } from '../../../middleware/json-body.ts';
import { withinReadLimit } from '../../../time-limit.ts';

/** Runtimes that are read at once. */
const PAGE = 2_000;
/** Counts at one time; others wait for their turn, within the limit of a read. */
const MOST_AT_ONCE = 2;
/** Shoots that are named. */
const MOST_NAMED = 10;

const askedSchema = z
  .strictObject({ targets: targetsSchema })
  .superRefine((body, context) =>
    checkPatterns([[['targets'], body.targets]], (path, message) =>
      context.addIssue({ code: 'custom', path, message }),
    ),
  )
  .openapi('CountTargets', { example: { targets: { include: [{ region: '^europe-' }] } } });

const countedSchema = z
  .object({
    selected: z.int().min(0).openapi({ description: 'Runtimes that the targets select' }),
    excluded: z
      .int()
      .min(0)
      .openapi({ description: 'Runtimes that an include entry selects, and an exclude entry, too' }),
    total: z.int().min(0).openapi({ description: 'All runtimes that may be upgraded' }),
    shoots: z
      .array(z.string())
      .max(MOST_NAMED)
      .openapi({ description: 'The first ones of those selected, by name' }),
    asOf: timestamp.openapi({ description: 'When the inventory was read' }),
  })
  .openapi('TargetCount', {
    example: {
      selected: 2,
      excluded: 0,
      total: 40,
      shoots: ['c-00fcbjl', 'c-01am2iq'],
      asOf: '2026-03-02T22:00:00Z',
    },
  });

type Counted = Omit<z.infer<typeof countedSchema>, 'asOf'>;

const route = createRoute({
  method: 'post',
  path: '/fleet/targets',
  tags: ['fleet'],
  summary: 'How many runtimes targets select',
  description:
    'Changes nothing. As the inventory was read last: a plan reads it anew, and leaves out what has no window, too.',
  security: bearer,
  middleware: [permits('read'), ...accepts(JSON_TYPE)],
  request: {
    query: noQuery,
    body: { required: true, content: { 'application/json': { schema: askedSchema } } },
  },
  responses: {
    200: { description: 'The counts', content: { 'application/json': { schema: countedSchema } } },
    ...problems(...BODY_PROBLEMS, 'outside-system-unavailable'),
  },
});

/** With repositories that have no limit: the whole count has one. */
export function registerCountTargets(
  api: Api,
  { repositories }: Pick<AppDependencies, 'repositories'>,
): void {
  const limit = pLimit(MOST_AT_ONCE);
  api.openapi(route, async (c) => {
    const targets = normalizeTargets(c.req.valid('json').targets);
    const asOf = (await withinReadLimit(repositories.fleet.lastRead()))?.asOf;
    // Half a fleet would look like a whole one.
    if (!asOf) throw new UnavailableError('inventory', 'The inventory has not been read yet');
    const givenUp = new AbortController();
    const signal = AbortSignal.any([givenUp.signal, c.req.raw.signal]);
    try {
      const counting = limit(() => count(repositories.fleet, targets, signal));
      return c.json({ ...(await withinReadLimit(counting)), asOf }, 200);
    } finally {
      givenUp.abort();
    }
  });
}

async function count(
  fleet: AppDependencies['repositories']['fleet'],
  targets: Targets,
  signal: AbortSignal,
): Promise<Counted> {
  const selectionOf = compileTargets(targets);
  const counted: Counted = { selected: 0, excluded: 0, total: 0, shoots: [] };
  for (let after: string | undefined = ''; after !== undefined;) {
    signal.throwIfAborted();
    const runtimes = await fleet.upgradable(after, PAGE);
    counted.total += runtimes.length;
    await inSlices(tally(runtimes, selectionOf, counted), signal);
    after = runtimes.length < PAGE ? undefined : runtimes.at(-1)?.shootName;
  }
  return counted;
}

/** A costly pattern may take some ms for each runtime. */
function* tally(
  runtimes: readonly Runtime[],
  selectionOf: (runtime: Runtime) => Selection,
  counted: Counted,
): Slices<void> {
  for (const runtime of runtimes) {
    yield;
    const selection = selectionOf(runtime);
    if (selection === 'excluded') counted.excluded += 1;
    if (selection !== 'selected') continue;
    counted.selected += 1;
    if (counted.shoots.length < MOST_NAMED) counted.shoots.push(runtime.shootName);
  }
}
