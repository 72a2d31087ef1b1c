/** The waves of an orchestration, as clients see them: how far each has got, and what an approver needs to know. */
import { z } from '@hono/zod-openapi';
import type {
  CountedWave,
  StandingWave,
  WaveFailures,
} from '../../../../db/repositories/upgrades/control-repository.ts';
import { WAVE_PHASES } from '../../../../domain/upgrades/wave-phases.ts';
import { timestamp } from '../../../answers.ts';

const count = z.int().min(0);

/** A failure budget, and what counts in it. */
export const budgetAnswer = z
  .object({
    max: z.int().openapi({ description: 'Failures that are borne; what a percent became' }),
    failed: z
      .int()
      .openapi({ description: 'Those that count now: something was sent, and nobody has forgiven them' }),
    failedAtPause: z.int().nullable().openapi({
      description:
        'Those that counted when the budget paused it; a retry takes failures back since. Null while the budget does not pause it',
    }),
  })
  .nullable();

export const wavesAnswer = z
  .array(
    z
      .object({
        name: z.string(),
        phase: z.enum(WAVE_PHASES).openapi({
          description:
            '`waiting` for earlier ones, `running`, `soaking` once all of it has ended, `looking` at its runtimes with `checks.health`, at its `gate`, `asking` for an approval, `passed`',
        }),
        size: count.openapi({ description: 'Operations that were planned for it' }),
        pending: count,
        inProgress: count,
        succeeded: count,
        failed: count,
        canceled: count,
        unhealthy: z
          .object({
            count,
            first: z.array(z.object({ shootName: z.string(), runtimeID: z.string(), said: z.string() })),
          })
          .optional()
          .openapi({
            description:
              'With which something was wrong when the wave was looked at; they count in the budget',
          }),
        workers: z.int().nullable().openapi({ description: 'At most so many of it at the same time' }),
        mayFail: z.int().nullable().openapi({
          description: 'Failures of it that are borne; null without a budget for each wave',
        }),
        failureBudget: budgetAnswer.openapi({
          description: 'What counts in the budget of this wave; null without one for each wave',
        }),
        openedAt: timestamp.nullable(),
        soakUntil: timestamp.nullable(),
        passedAt: timestamp.nullable(),
        question: z
          .object({
            number: z
              .int()
              .openapi({ description: 'For POST /orchestrations/{orchestrationID}/approvals/{number}' }),
            askedAt: timestamp,
            expiresAt: timestamp.nullable(),
            stands: z.boolean().openapi({ description: 'It may be answered' }),
            approvedBy: z.string().nullable(),
            approvedAt: timestamp.nullable(),
            reason: z.string().nullable(),
          })
          .nullable()
          .openapi({ description: 'The last one; null while nothing was asked' }),
      })
      .openapi('Wave'),
  )
  .openapi({
    description: 'In their order, the rest last; empty without waves, and until the plan is complete',
  });

export function toWaves(rows: readonly CountedWave[]): z.infer<typeof wavesAnswer> {
  return rows.map((row) => ({
    name: row.name,
    phase: row.phase,
    size: row.size,
    pending: (row.stats.pending ?? 0) + (row.stats.retrying ?? 0),
    inProgress: row.stats['in progress'] ?? 0,
    succeeded: row.stats.succeeded ?? 0,
    failed: row.stats.failed ?? 0,
    canceled: row.stats.canceled ?? 0,
    ...(row.lookedTo !== null && { unhealthy: row.unhealthy }),
    workers: row.workers,
    mayFail: row.budgetMax,
    failureBudget: row.budgetMax === null ? null : toBudget(row.budgetMax, row.failures),
    openedAt: row.openedAt,
    soakUntil: row.soakUntil,
    passedAt: row.passedAt,
    question: toQuestion(row),
  }));
}

function toBudget(max: number, { now, atPause }: WaveFailures): z.infer<typeof budgetAnswer> {
  return { max, failed: now, failedAtPause: atPause };
}

function toQuestion({ question, askedAt, ...row }: StandingWave) {
  if (question === null || askedAt === null) return null;
  return {
    number: question,
    askedAt,
    expiresAt: row.expiresAt,
    stands: row.phase === 'asking' && row.approvedBy === null && !row.isOld,
    approvedBy: row.approvedBy,
    approvedAt: row.approvedAt,
    reason: row.approvalReason,
  };
}
