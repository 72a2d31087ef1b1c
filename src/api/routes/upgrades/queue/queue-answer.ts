/** The queue as clients see it: lanes, who has their turns, and who waits. */
import { z } from '@hono/zod-openapi';
import type { LaneRows, QueueControlRow } from '../../../../db/repositories/upgrades/queue-repository.ts';
import { capOf, isLaneSet, type Lanes } from '../../../../domain/upgrades/lanes.ts';
import { ORCHESTRATION_TYPES } from '../../../../domain/upgrades/orchestration-parameters.ts';
import { ORCHESTRATION_STATES } from '../../../../domain/upgrades/states.ts';
import type { WaitingFor } from '../../../../domain/upgrades/waiting.ts';
import { timestamp } from '../../../answers.ts';
import { pausesSchema } from '../orchestrations/control-answer.ts';
import { basisSchema } from '../projection-basis.ts';
import { endsShape, toETA } from '../orchestrations/progress-answer.ts';
import { toVersions, versionsSchema } from '../orchestrations/orchestration.ts';
import { holderAmong } from '../waiting/orchestration-waits.ts';
import { waitingFor } from '../waiting/waiting-answer.ts';

/** Of each lane so many are named that wait. */
export const MOST_NAMED = 100;

const pausedSchema = z
  .object({
    by: z.string().openapi({ description: 'Subject of the token' }),
    reason: z.string(),
    since: timestamp,
  })
  .nullable()
  .openapi({ description: 'The pause of everything; null while there is none' });

/** The answer to a pause or resume of everything. */
export const queueControlSchema = z
  .object({
    paused: pausedSchema,
    revision: z.int().openapi({ description: 'Grows with each pause and resume of everything' }),
  })
  .openapi('QueueControl', {
    example: {
      paused: {
        by: 'jane@example.com',
        reason: 'The Provisioner answers nonsense',
        since: '2030-10-12T03:04:05.117046Z',
      },
      revision: 1,
    },
  });

const laneSchema = z
  .object({
    name: z.string(),
    cap: z.int().openapi({ description: 'Workers that an orchestration in it may have at the most' }),
    configured: z.boolean().openapi({
      description: 'False of one that was taken out of the setting and is served until nothing is left in it',
    }),
    holder: z
      .object({
        orchestrationID: z.uuid(),
        type: z.enum(ORCHESTRATION_TYPES),
        parameters: versionsSchema,
        state: z.enum(ORCHESTRATION_STATES),
        createdBy: z.string(),
        since: timestamp.nullable().openapi({ description: 'When it got the turn' }),
        pauses: pausesSchema,
        eta: z
          .object({ ...endsShape, from: basisSchema })
          .nullable()
          .openapi({
            description:
              'When it will have ended if nothing comes in its way, and the next one gets the turn; as in `progress` of the orchestration',
          }),
      })
      .nullable()
      .openapi({ description: 'The orchestration that has the turn; null when the rows name none' }),
    waiting: z.int().openapi({ description: 'How many wait' }),
    first: z
      .array(
        z.object({
          position: z.int().openapi({ description: 'From 1' }),
          orchestrationID: z.uuid(),
          type: z.enum(ORCHESTRATION_TYPES),
          parameters: versionsSchema,
          state: z.enum(ORCHESTRATION_STATES),
          createdBy: z.string(),
          queuedAt: timestamp.openapi({ description: 'Since when it waits' }),
          waitingFor,
        }),
      )
      .openapi({ description: `The first ones that wait, at most ${MOST_NAMED}, in the order of turns` }),
  })
  .openapi('Lane');

export const queueSchema = z.object({ paused: pausedSchema, lanes: z.array(laneSchema) }).openapi('Queue', {
  description: 'Lanes in the order of the setting, and then those that were taken out of it',
  example: {
    paused: null,
    lanes: [
      {
        name: 'default',
        cap: 100,
        configured: true,
        holder: {
          orchestrationID: '07089b96-8e31-49a4-96d0-f8288253c804',
          type: 'upgradeKyma',
          parameters: { kyma: { version: '2.20.5' }, dryRun: false },
          state: 'in progress',
          createdBy: 'jane@example.com',
          since: '2030-10-12T19:27:22.281515Z',
          pauses: [],
          eta: {
            ...{ earliest: '2030-10-12T22:40:00.000Z', latest: '2030-10-12T23:25:00.000Z' },
            from: { kind: 'earlier operations', count: 1000, medianSeconds: 2100, p90Seconds: 2460 },
          },
        },
        waiting: 0,
        first: [],
      },
    ],
  },
});

export function toQueueControl(row: QueueControlRow | undefined): z.infer<typeof queueControlSchema> {
  return { paused: toPaused(row), revision: row?.revision ?? 0 };
}

function toPaused(row: QueueControlRow | undefined): z.infer<typeof pausedSchema> {
  return row?.isPaused ? { by: row.changedBy, reason: row.reason, since: row.changedAt } : null;
}

/** The lanes as their rows have them, with the reason why each of those waits. */
export function toQueue(
  lanes: Lanes,
  control: QueueControlRow | undefined,
  { begun, waiting, first }: LaneRows,
  waits: ReadonlyMap<string, WaitingFor>,
): z.infer<typeof queueSchema> {
  const used = [...new Set([...begun.map(({ lane }) => lane), ...waiting.keys()])].sort();
  const left = used.filter((name) => !isLaneSet(lanes, name));
  const names = [...lanes.map(({ name }) => name), ...left];
  return {
    paused: toPaused(control),
    lanes: names.map((name) => ({
      name,
      cap: capOf(lanes, name),
      configured: isLaneSet(lanes, name),
      holder: toHolder(holderAmong(begun.filter(({ lane }) => lane === name))),
      waiting: waiting.get(name) ?? 0,
      first: first
        .filter(({ lane }) => lane === name)
        .map(({ id, type, parameters, state, createdBy, queuedAt }, index) => {
          const place = { position: index + 1, orchestrationID: id, type, state, createdBy, queuedAt };
          return { ...place, parameters: toVersions(parameters), waitingFor: waits.get(id) ?? null };
        }),
    })),
  };
}

type Holder = NonNullable<z.infer<typeof laneSchema>['holder']>;

function toHolder(one: LaneRows['begun'][number] | undefined): Holder | null {
  if (!one) return null;
  const { id, type, parameters, state, createdBy, turnAt, pauses } = one;
  const eta = toETA(one);
  return {
    ...{
      orchestrationID: id,
      type,
      parameters: toVersions(parameters),
      state,
      createdBy,
      since: turnAt,
      pauses,
    },
    eta: eta && { earliest: eta.earliest, latest: eta.latest, from: eta.from },
  };
}
