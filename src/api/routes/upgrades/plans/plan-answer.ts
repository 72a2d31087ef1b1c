/** A plan as clients see it. */
import { z } from '@hono/zod-openapi';
import type { RolloutPlanRow } from '../../../../db/repositories/upgrades/plan-repository.ts';
import { ORCHESTRATION_TYPES } from '../../../../domain/upgrades/orchestration-parameters.ts';
import type {
  ProjectedWave,
  Projection,
  ProjectionBasis,
} from '../../../../domain/upgrades/projection-of-plans.ts';
import type { Counted, CountedKey, RolloutSummary } from '../../../../domain/upgrades/rollout-summary.ts';
import { EXCLUSION_REASONS } from '../../../../domain/upgrades/runtime.ts';
import { minuteOf } from '../../../../domain/upgrades/windows.ts';
import { basisSchema } from '../projection-basis.ts';
import { timestamp } from '../../../answers.ts';
import { parametersSchema } from '../orchestrations/orchestration.ts';

const count = z.int().min(0);

/** Where a window comes from. */
export const planSource = z
  .object({
    kind: z.enum(['rule', 'shoot', 'default']),
    index: z.int().min(0).nullable().openapi({ description: 'Of the rule, in `rules` of the policy' }),
  })
  .openapi({
    description:
      'A rule of the maintenance policy, the window of the Shoot itself, or the default of the policy',
  });

/** Groups of operations, largest first. */
function counted<T extends z.ZodRawShape>(key: string, more: T) {
  return z.object({
    entries: z
      .array(z.object({ key: z.string().openapi({ description: key }), count, ...more }))
      .openapi({ description: 'Largest first, at most 200' }),
    rest: count.openapi({ description: 'Operations in groups that are not among the entries' }),
  });
}

export const leftOutCounts = z.partialRecord(z.enum(EXCLUSION_REASONS), count).openapi({
  type: 'object',
  properties: Object.fromEntries(EXCLUSION_REASONS.map((reason) => [reason, { type: 'integer' }])),
  description: 'How many Shoots are left out, by reason',
});

const projectionSchema = z
  .object({
    begin: timestamp
      .nullable()
      .openapi({ description: 'Of the first operation; null when none finds a window' }),
    end: timestamp.nullable().openapi({ description: 'Of the last operation' }),
    unplaced: count.openapi({
      description:
        'Operations that find no free worker in their windows in time, or whose windows are over when earlier waves have soaked',
    }),
    from: basisSchema.openapi({ description: 'How long operations were taken to last' }),
    waves: z
      .array(
        z.object({
          name: z.string(),
          begin: timestamp.nullable(),
          end: timestamp.nullable(),
          unplaced: count,
        }),
      )
      .openapi({ description: 'Of each wave, when nobody is waited for at a gate; empty without waves' }),
  })
  .openapi({
    description:
      'When the plan would be carried out, if it had the turn now and nothing else came in its way',
  });

const summarySchema = z.object({
  operations: count.openapi({ description: 'Runtimes that would be upgraded' }),
  byPlan: counted('Service plan', {}),
  byRegion: counted('Region', {}),
  byZone: counted('IANA name of a zone, or an offset like `+01:00`', { source: planSource }).openapi({
    description: 'By the clock of their windows and where those come from; without what begins at once',
  }),
  byWave: z
    .array(
      z.object({
        name: z.string(),
        size: count,
        matched: count.openapi({
          description: 'Runtimes that its targets match, whatever earlier waves took',
        }),
        drawn: count
          .nullable()
          .openapi({ description: 'What its percent or count became; null for a wave that takes all' }),
      }),
    )
    .openapi({ description: 'In their order, the rest last; empty without waves' }),
  leftOut: leftOutCounts,
  notSelected: count.openapi({ description: 'Runtimes that no include entry of the targets matches' }),
  runtimesRead: count.openapi({ description: 'Runtimes of the inventory' }),
  projection: projectionSchema.nullable(),
});

export const planSchema = z
  .object({
    planID: z.uuid(),
    type: z.enum(ORCHESTRATION_TYPES),
    state: z.enum(['making', 'made', 'failed']),
    description: z.string().openapi({ description: 'The plan in one sentence, or why there is none' }),
    createdAt: timestamp,
    createdBy: z.string().openapi({ description: 'Subject of the token' }),
    parameters: parametersSchema,
    madeAt: timestamp.nullable().openapi({ description: 'When the fleet was planned; null while it is not' }),
    planHash: z.string().nullable().openapi({
      description:
        'To be sent with the request that carries the plan out. Plans of one request, equal rules and the same fleet have the same one',
    }),
    policyVersion: z.int().nullable().openapi({ description: 'Of the maintenance policy, 0 for none' }),
    windowsUntil: timestamp.nullable().openapi({ description: 'Windows of the plan begin before then' }),
    summary: summarySchema.nullable(),
  })
  .openapi('Plan', {
    example: {
      planID: '3b7cf8a2-5f0e-4a7c-9d52-6a1d8f1f3c0e',
      type: 'upgradeKyma',
      state: 'made',
      description:
        'It would upgrade 120 runtimes from 2030-10-12T20:00Z to 2030-10-12T23:30Z; left out: 2 hibernated',
      createdAt: '2030-10-12T19:27:22.281515Z',
      createdBy: 'jane@example.com',
      parameters: {
        targets: { include: [{ planName: 'azure' }] },
        strategy: { type: 'parallel', schedule: 'maintenanceWindow', parallel: { workers: 20 } },
        dryRun: false,
        kyma: { version: '2.20.5' },
      },
      madeAt: '2030-10-12T19:27:23.104000Z',
      planHash: 'a3f5b0c41e7d9286a3f5b0c41e7d9286a3f5b0c41e7d9286a3f5b0c41e7d9286',
      policyVersion: 4,
      windowsUntil: '2030-11-11T19:27:23.104000Z',
      summary: {
        operations: 120,
        byPlan: { entries: [{ key: 'azure', count: 120 }], rest: 0 },
        byRegion: { entries: [{ key: 'westeurope', count: 120 }], rest: 0 },
        byZone: {
          entries: [{ key: 'Europe/Berlin', count: 120, source: { kind: 'rule', index: 0 } }],
          rest: 0,
        },
        byWave: [],
        leftOut: { hibernated: 2 },
        notSelected: 180,
        runtimesRead: 300,
        projection: {
          begin: '2030-10-12T20:00:00.000Z',
          end: '2030-10-12T23:30:00.000Z',
          unplaced: 0,
          from: { kind: 'earlier operations', count: 1000, medianSeconds: 2100, p90Seconds: 2460 },
          waves: [],
        },
      },
    },
  });
export type PlanAnswer = z.infer<typeof planSchema>;

export function toPlan(row: RolloutPlanRow): PlanAnswer {
  return {
    planID: row.id,
    type: row.type,
    state: row.state,
    description: describe(row),
    createdAt: row.createdAt,
    createdBy: row.createdBy,
    parameters: row.parameters,
    madeAt: row.madeAt,
    planHash: row.planHash,
    policyVersion: row.policyVersion,
    windowsUntil: row.windowsUntil,
    summary: row.summary && toSummary(row.summary),
  };
}

export function toPlanSource(
  source: { kind: 'rule'; index: number } | { kind: 'shoot' } | { kind: 'default' },
): z.infer<typeof planSource> {
  return { kind: source.kind, index: source.kind === 'rule' ? source.index : null };
}

/** The database keeps fields in an order of its own; people read them in this one. */
function toSummary(summary: RolloutSummary): NonNullable<PlanAnswer['summary']> {
  const { byPlan, byRegion, byZone, byWave, projection } = summary;
  return {
    operations: summary.total,
    byPlan: inOrder(byPlan, ({ key, count: operations }) => ({ key, count: operations })),
    byRegion: inOrder(byRegion, ({ key, count: operations }) => ({ key, count: operations })),
    byZone: inOrder(byZone, ({ key, count: operations, source }) => ({
      key,
      count: operations,
      source: toPlanSource(source),
    })),
    byWave: byWave.map(({ name, size, matched, drawn }) => ({ name, size, matched, drawn: drawn ?? null })),
    leftOut: Object.fromEntries(mostFirst(summary.leftOut)),
    notSelected: summary.notSelected,
    runtimesRead: summary.runtimesRead,
    projection: projection && toProjection(projection),
  };
}

function inOrder<T extends CountedKey, A>(
  { entries, rest }: Counted<T>,
  toEntry: (entry: T) => A,
): { entries: A[]; rest: number } {
  return { entries: entries.map(toEntry), rest };
}

function mostFirst(leftOut: RolloutSummary['leftOut']): [string, number][] {
  return Object.entries(leftOut).sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1));
}

function toProjection({ begin, end, unplaced, from, waves }: Projection): Projection {
  return { begin, end, unplaced, from: toBasis(from), waves: waves.map(toWave) };
}

function toWave({ name, begin, end, unplaced }: ProjectedWave): ProjectedWave {
  return { name, begin, end, unplaced };
}

function toBasis(from: ProjectionBasis): ProjectionBasis {
  if (from.kind === 'assumed') return { kind: from.kind, seconds: from.seconds };
  const { kind, count: operations, medianSeconds, p90Seconds } = from;
  return { kind, count: operations, medianSeconds, p90Seconds };
}

function describe({ state, failure, summary }: RolloutPlanRow): string {
  switch (state) {
    case 'making':
      return 'It is being made: a worker reads the inventory, and asks it again for some minutes when it does not answer';
    case 'failed':
      return failure ?? 'It could not be made';
    case 'made':
      return summary ? describeSummary(summary) : '';
  }
}

function describeSummary({ total, leftOut, projection }: RolloutSummary): string {
  const runtimes = total === 1 ? '1 runtime' : `${total.toLocaleString('en-US')} runtimes`;
  const reasons = mostFirst(leftOut).map(([reason, shoots]) => `${shoots} ${reason}`);
  const left = reasons.length > 0 ? `; left out: ${reasons.join(', ')}` : '';
  return `It would upgrade ${runtimes}${projection ? describeProjection(projection) : ''}${left}`;
}

/** Waves are named: with long soaks before it a later one may have no windows left. */
function describeProjection({ begin, end, unplaced, waves }: Projection): string {
  const names = waves.filter((wave) => wave.unplaced > 0).map(({ name }) => name);
  const where = names.length > 0 ? ` (in ${names.join(', ')})` : '';
  const late = unplaced > 0 ? `; ${unplaced} find no free worker in time${where}` : '';
  return `${begin && end ? ` from ${minuteOf(begin)} to ${minuteOf(end)}` : ''}${late}`;
}
