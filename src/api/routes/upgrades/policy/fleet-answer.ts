/** The whole fleet under a policy, as clients see it. */
import { z } from '@hono/zod-openapi';
import { UnavailableError } from '../../../../domain/errors.ts';
import { comingFreezes } from '../../../../domain/upgrades/coming-freezes.ts';
import type { MaintenancePolicy } from '../../../../domain/upgrades/maintenance-policy.ts';
import type {
  NoWindowReason,
  PolicyPreview,
  RuntimeWithoutWindow,
} from '../../../../domain/upgrades/policy-preview.ts';
import type { PolicyPreviewAnswer } from '../../../../workflows/contract/upgrades.ts';
import type { ApiContext, AppDependencies } from '../../../api-dependencies.ts';
import { withinDatabaseLimit } from '../../../time-limit.ts';
import { freezeExample, freezeSchema, toFreeze } from './freezes-answer.ts';
import { POLICY_PATH, ruleExample } from './policy-document.ts';
import {
  askedFields,
  optOutSchema,
  sourceSchema,
  toOptOut,
  toSource,
  toWindow,
  windowSchema,
} from './window-answer.ts';

const REASONS = ['no definition', 'frozen', 'opted out'] as const satisfies readonly NoWindowReason[];
const NOT_COUNTED = 'the runtimes without a window are not counted';
const LATER = `POST ${POLICY_PATH}/preview shows them later`;

const count = z.int().min(0);

export const withoutWindowSchema = z.object({
  withoutWindow: z.object({ 'no definition': count, frozen: count, 'opted out': count }).openapi({
    description:
      'How many runtimes have no window within 30 days, by reason: no rule, window of the Shoot or default is for them; freezes cover all their windows; they are opted out',
  }),
  named: z
    .array(
      z.object({
        runtimeID: z.string(),
        shootName: z.string(),
        reason: z.enum(REASONS),
        frozenBy: z.array(z.string()).openapi({ description: 'Names of the freezes' }),
        optOut: optOutSchema,
      }),
    )
    .openapi({ description: 'The first few runtimes without a window, of each reason' }),
});

export const withoutWindowExample: z.infer<typeof withoutWindowSchema> = {
  withoutWindow: { 'no definition': 1, frozen: 0, 'opted out': 0 },
  named: [
    {
      runtimeID: '5791e81d-8959-4b78-82e4-7e4edea45683',
      shootName: 'c-3a3xdaf',
      reason: 'no definition',
      frozenBy: [],
      optOut: null,
    },
  ],
};

export const fleetSchema = z
  .object({
    kind: z.literal('fleet'),
    ...askedFields,
    runtimes: count,
    groups: z
      .array(
        z.object({
          zone: z.string().openapi({ description: 'IANA name, or an offset like `+01:00`' }),
          source: sourceSchema,
          runtimes: count,
          next: z
            .array(windowSchema.extend({ runtimes: count }))
            .openapi({ description: 'The next windows of its runtimes, the first five' }),
          nextWindows: count.openapi({ description: 'Different next windows in all' }),
        }),
      )
      .openapi({
        description: 'Runtimes by zone and source of their windows; those without definition are in none',
      }),
    ...withoutWindowSchema.shape,
    freezes: z.array(freezeSchema).nullable().openapi({
      description:
        "That hold at `from` or begin within 30 days after it, by their begin; null when their times can't be read on this machine",
    }),
    leftOut: z.record(z.string(), count).openapi({
      description: 'Shoots that are no runtimes, whatever the policy is, by reason',
    }),
  })
  .openapi('PolicyOfFleet', {
    example: {
      kind: 'fleet',
      version: 4,
      from: '2030-10-12T19:27:22.281Z',
      runtimes: 301,
      groups: [
        {
          zone: 'Europe/Berlin',
          source: {
            kind: 'rule',
            index: 0,
            rule: ruleExample,
          },
          runtimes: 120,
          next: [
            {
              begin: '2030-10-14T20:00:00.000Z',
              latestStart: '2030-10-14T23:45:00.000Z',
              end: '2030-10-15T00:00:00.000Z',
              runtimes: 120,
            },
          ],
          nextWindows: 1,
        },
        {
          zone: '+00:00',
          source: { kind: 'shoot', index: null, rule: null },
          runtimes: 180,
          next: [
            {
              begin: '2030-10-12T22:00:00.000Z',
              latestStart: '2030-10-13T02:00:00.000Z',
              end: '2030-10-13T02:00:00.000Z',
              runtimes: 60,
            },
          ],
          nextWindows: 3,
        },
      ],
      ...withoutWindowExample,
      freezes: [freezeExample],
      leftOut: { 'no runtime ID': 2 },
    },
  });

export function toFleet(
  { preview, leftOut }: Extract<PolicyPreviewAnswer, { kind: 'fleet' }>,
  asked: { policy: MaintenancePolicy; fromMs: number },
): Omit<z.infer<typeof fleetSchema>, 'version' | 'from'> {
  return {
    kind: 'fleet',
    runtimes: preview.runtimes,
    groups: preview.groups.map(({ zone, source, runtimes, next, nextWindows }) => ({
      zone,
      source: toSource(asked.policy, source),
      runtimes,
      next: next.map(({ runtimes: sharing, ...window }) => ({ ...toWindow(window), runtimes: sharing })),
      nextWindows,
    })),
    ...toWithoutWindow(preview),
    freezes: comingFreezes(asked.policy, preview.touched, asked.fromMs)?.map(toFreeze) ?? null,
    leftOut,
  };
}

type Counted = z.infer<typeof withoutWindowSchema> & { notCounted: null };
type NotCounted = { withoutWindow: null; named: []; notCounted: string };

/**
 * The runtimes that a stored policy leaves without a window, or why they could not be counted. Never throws: the policy
 * holds, and an error would say that it does not.
 */
export async function countFleet(
  c: ApiContext,
  deps: AppDependencies,
  stored: { version: number; policy: MaintenancePolicy },
): Promise<Counted | NotCounted> {
  try {
    const answer = await deps.orchestrations.previewPolicy({ policy: stored.policy, fromMs: deps.clock() });
    if (answer.kind === 'fleet') {
      await keepOutlook(c, deps, answer.preview, stored.version);
      return { ...toWithoutWindow(answer.preview), notCounted: null };
    }
    if (answer.kind === 'unusable policy') return notCounted(answer.message);
    if (answer.kind !== 'inventory away') throw new Error(`A worker has answered ${answer.kind} for a fleet`);
    c.var.logger.warn({ reason: answer.message }, NOT_COUNTED);
    return notCounted(`The inventory does not answer; ${LATER}`);
  } catch (error) {
    if (error instanceof UnavailableError) {
      c.var.logger.warn({ err: error }, NOT_COUNTED);
      return notCounted(`No worker has answered in time; ${LATER}`);
    }
    c.var.logger.error({ err: error }, NOT_COUNTED);
    return notCounted('Something went wrong inside of the service; its log says what');
  }
}

/** So that the fleet shows the windows of the version that holds now, and not those of the last read until the next one. */
async function keepOutlook(
  c: ApiContext,
  deps: AppDependencies,
  { groups, withoutWindow, touched }: PolicyPreview,
  policyVersion: number,
): Promise<void> {
  const windows = { groups, withoutWindow, ...(touched && { touched }) };
  try {
    await withinDatabaseLimit(deps.repositories.fleet.recount({ kind: 'windows', policyVersion, windows }));
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    c.var.logger.warn(
      { err: error, version: policyVersion },
      'the fleet shows the windows of the policy after its next read',
    );
  }
}

function notCounted(why: string): NotCounted {
  return { withoutWindow: null, named: [], notCounted: `The policy is stored. ${why}` };
}

function toWithoutWindow({ withoutWindow, named }: PolicyPreview): z.infer<typeof withoutWindowSchema> {
  return { withoutWindow, named: named.map(toNamed) };
}

function toNamed(named: RuntimeWithoutWindow): z.infer<typeof withoutWindowSchema>['named'][number] {
  const { runtimeID, shootName, reason, frozenBy, optOut } = named;
  return {
    runtimeID,
    shootName,
    reason,
    frozenBy: frozenBy ?? [],
    optOut: toOptOut(optOut),
  };
}
