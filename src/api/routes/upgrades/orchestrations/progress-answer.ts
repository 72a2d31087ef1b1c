/** How far an orchestration is, and when it will have ended. */
import { z } from '@hono/zod-openapi';
import type {
  OperationStats,
  OrchestrationRow,
} from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import { drainOf, overdueBefore, type InFlight } from '../../../../domain/upgrades/drain.ts';
import { isFinalOperationState, OPERATION_STATES } from '../../../../domain/upgrades/states.ts';
import { timestamp } from '../../../answers.ts';
import type { AppDependencies } from '../../../api-dependencies.ts';
import { basisSchema } from '../projection-basis.ts';

export const endsShape = {
  earliest: timestamp.nullable().openapi({
    description:
      'When operations take as long as the median of earlier ones; null when none of what is left finds a window',
  }),
  latest: timestamp
    .nullable()
    .openapi({ description: 'When each takes as long as the slowest tenth of them' }),
};

const etaSchema = z
  .object({
    ...endsShape,
    unplaced: z
      .int()
      .openapi({ description: 'Operations that find no free worker in their windows in time' }),
    from: basisSchema.openapi({ description: 'How long operations were taken to last' }),
    waves: z.array(z.object({ name: z.string(), ...endsShape })).openapi({
      description: 'Of each wave of which something is left, when nobody is waited for at a gate',
    }),
    at: timestamp.openapi({
      description: 'When it was worked out: at the plan, and every few minutes from then on',
    }),
  })
  .nullable()
  .openapi({
    description:
      'When all of it will have ended, if nothing comes in its way; null before the plan, after the end and while it is paused',
  });

const drainedSchema = z
  .object({
    earliest: timestamp.openapi({
      description: 'When the last of them ends, if it takes as long as the median of earlier ones',
    }),
    latest: timestamp.openapi({ description: 'Likewise, if it takes as long as the slowest tenth of them' }),
    overdue: z
      .int()
      .openapi({ description: 'Those that take longer than that already: nobody knows when they end' }),
    from: basisSchema.openapi({ description: 'How long operations were taken to last' }),
  })
  .nullable()
  .openapi({
    description:
      'When nothing is in progress any more while nothing more begins, as after a cancel and while it is paused; null when nothing that was sent is in progress, and before its end was estimated',
  });

export const progressSchema = z
  .object({
    done: z.int().openapi({ description: 'Operations that have ended, however' }),
    total: z.int().nullable().openapi({ description: 'Operations of the plan; null until it is complete' }),
    failed: z.int().openapi({ description: 'Of those that have ended, how many have failed' }),
    inFlight: z.int().openapi({ description: 'Operations in progress' }),
    unsent: z.int().openapi({
      description:
        'Of those in progress, to how many nothing was sent yet, as when something else keeps their runtimes busy: a cancel ends them as those that wait, and a pause gives them back',
    }),
    inFlightSince: timestamp.nullable().openapi({
      description: 'Since when the one of the others is under way that began first; null without any',
    }),
    drained: drainedSchema,
    eta: etaSchema,
  })
  .openapi('Progress', {
    example: {
      ...{ done: 12, total: 40, failed: 1, inFlight: 5, unsent: 1 },
      inFlightSince: '2020-10-12T20:12:00.000000Z',
      drained: {
        ...{ earliest: '2020-10-12T21:05:00.000Z', latest: '2020-10-12T21:11:00.000Z', overdue: 0 },
        from: { kind: 'earlier operations', count: 1000, medianSeconds: 2100, p90Seconds: 2460 },
      },
      eta: {
        ...{ earliest: '2020-10-12T22:40:00.000Z', latest: '2020-10-12T23:25:00.000Z', unplaced: 0 },
        from: { kind: 'earlier operations', count: 1000, medianSeconds: 2100, p90Seconds: 2460 },
        ...{ waves: [], at: '2020-10-12T20:31:00.000Z' },
      },
    },
  });

type ProgressAnswer = z.infer<typeof progressSchema>;

/** While the plan is written, the operations that are there already are not the whole of it. */
export function toProgress(
  row: OrchestrationRow,
  stats: OperationStats = {},
  inFlight?: InFlight,
): ProgressAnswer {
  const ended = OPERATION_STATES.filter(isFinalOperationState);
  return {
    done: ended.reduce((sum, state) => sum + (stats[state] ?? 0), 0),
    total: row.plannedCount,
    failed: stats.failed ?? 0,
    inFlight: stats['in progress'] ?? 0,
    unsent: inFlight?.unsent ?? 0,
    inFlightSince: inFlight?.sent?.since ?? null,
    drained: (inFlight?.sent && row.estimate && drainOf(inFlight.sent, row.estimate.from)) ?? null,
    eta: toETA(row),
  };
}

/** By ID. One statement for all of them, and none where nothing is in progress. */
export async function inFlightOf(
  { repositories, clock }: Pick<AppDependencies, 'repositories' | 'clock'>,
  rows: readonly OrchestrationRow[],
  stats: ReadonlyMap<string, OperationStats>,
): Promise<ReadonlyMap<string, InFlight>> {
  const executing = rows.filter(({ id }) => (stats.get(id)?.['in progress'] ?? 0) > 0);
  if (executing.length === 0) return new Map();
  const nowMs = clock();
  return await repositories.waits.inFlight(
    executing.map(({ id, estimate }) => ({
      id,
      overdueBefore: estimate && overdueBefore(estimate.from, nowMs),
    })),
  );
}

/** Nobody knows when a paused one goes on. */
export function toETA({
  state,
  pauses,
  estimate,
}: Pick<OrchestrationRow, 'state' | 'pauses' | 'estimate'>): ProgressAnswer['eta'] {
  if (estimate === null || state !== 'in progress' || pauses.length > 0) return null;
  const { earliest, latest, unplaced, from, waves, at } = estimate;
  return {
    earliest,
    latest,
    unplaced,
    from,
    waves: waves.map(({ name, ...ends }) => ({ name, earliest: ends.earliest, latest: ends.latest })),
    at,
  };
}
