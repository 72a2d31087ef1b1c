/** The windows of one runtime, and what says when they are, as clients see them. */
import { z } from '@hono/zod-openapi';
import {
  WEEKDAYS,
  type HeldOptOut,
  type MaintenancePolicy,
  type WindowSource,
} from '../../../../domain/upgrades/maintenance-policy.ts';
import type { OpenWindow } from '../../../../domain/upgrades/policy-windows.ts';
import type { PolicyPreviewAnswer } from '../../../../workflows/contract/upgrades.ts';
import { inWrittenOrder } from './policy-document.ts';

/** RFC 3339 has four digits for the year. */
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

export const instantText = (description: string) =>
  z.string().openapi({ format: 'date-time', description, example: '2030-10-12T20:00:00.000Z' });

/** RFC 3339, UTC, of ms since the epoch; "for ever" is written as times that lie a little after the last one. */
export function toInstant(ms: number): string {
  return new Date(Math.min(ms, LAST_MS)).toISOString();
}

/** A window, or what is left of one. */
export const windowSchema = z.object({
  begin: instantText('Begin'),
  latestStart: instantText('Nothing starts at this moment or later'),
  end: instantText('No part of the window'),
});

/** Which policy was asked, and from when on. */
export const askedFields = {
  version: z.int().nullable().openapi({
    description: 'Of the stored policy, 0 when there is none; null for one that came with the request',
  }),
  from: instantText('From when on windows were looked for'),
};

const windowFields = {
  days: z.array(z.enum(WEEKDAYS)),
  timeBegin: z.string(),
  timeEnd: z.string(),
  timeZone: z.string().optional(),
  cutoff: z.string().optional(),
};

const ruleSchema = z.object({
  match: z.object({
    plan: z.string().optional(),
    globalAccountID: z.string().optional(),
    region: z.string().optional(),
  }),
  ...windowFields,
});

export const sourceSchema = z.object({
  kind: z.enum(['rule', 'shoot', 'default']).openapi({
    description: 'A rule of the policy, the window of the Shoot itself, or the default of the policy',
  }),
  index: z.int().min(0).nullable().openapi({ description: 'Of the rule, in `rules`' }),
  rule: ruleSchema.nullable().openapi({ description: 'The rule itself' }),
});

export const optOutSchema = z
  .object({
    index: z.int().min(0).openapi({ description: 'In `optOut`' }),
    reason: z.string(),
    until: instantText('It holds before this moment'),
  })
  .nullable()
  .openapi({ description: 'The opt-out that keeps it from its windows' });

export const runtimeWindowsSchema = z
  .object({
    kind: z.literal('runtime'),
    ...askedFields,
    runtimeID: z.string(),
    shootName: z.string(),
    description: z.string().openapi({ description: 'Where the windows come from, or why there is none' }),
    source: sourceSchema.nullable().openapi({ description: 'Null when nothing says when they are' }),
    definition: z.object(windowFields).nullable().openapi({ description: 'What says when the windows are' }),
    windows: z
      .array(windowSchema)
      .openapi({ description: 'The next ones, at most ten, without what freezes and an opt-out take away' }),
    frozenBy: z.array(z.string()).openapi({
      description: 'Names of the freezes that take away what there would be before the first window',
    }),
    optOut: optOutSchema,
  })
  .openapi('PolicyOfRuntime', {
    example: {
      kind: 'runtime',
      version: 4,
      from: '2030-10-12T19:27:22.281Z',
      runtimeID: '5791e81d-8959-4b78-82e4-7e4edea45683',
      shootName: 'c-3a3xdaf',
      description: 'No rule matches the runtime: the window of its Shoot counts',
      source: { kind: 'shoot', index: null, rule: null },
      definition: { days: [...WEEKDAYS], timeBegin: '220000+0000', timeEnd: '020000+0000' },
      windows: [
        {
          begin: '2030-10-31T23:00:00.000Z',
          latestStart: '2030-11-01T02:00:00.000Z',
          end: '2030-11-01T02:00:00.000Z',
        },
      ],
      frozenBy: [],
      optOut: { index: 0, reason: 'Go-live of the customer', until: '2030-10-31T23:00:00.000Z' },
    },
  });

export function toRuntimeWindows(
  { runtimeID, shootName, windows: found }: Extract<PolicyPreviewAnswer, { kind: 'runtime' }>,
  asked: { policy: MaintenancePolicy },
): Omit<z.infer<typeof runtimeWindowsSchema>, 'version' | 'from'> {
  const windows = found.windows.filter(({ end }) => end <= LAST_MS).map(toWindow);
  return {
    kind: 'runtime',
    runtimeID,
    shootName,
    description: describe(found.source, windows.length),
    source: found.source ? toSource(asked.policy, found.source) : null,
    definition: found.definition ? inWrittenOrder(found.definition) : null,
    windows,
    frozenBy: found.frozenBy,
    optOut: toOptOut(found.optOut),
  };
}

/** With the rule that is meant, so that nobody has to count. */
export function toSource(policy: MaintenancePolicy, source: WindowSource): z.infer<typeof sourceSchema> {
  if (source.kind !== 'rule') return { kind: source.kind, index: null, rule: null };
  const rule = policy.rules[source.index];
  return { kind: 'rule', index: source.index, rule: rule ? inWrittenOrder(rule) : null };
}

export function toOptOut(held: HeldOptOut | undefined): z.infer<typeof optOutSchema> {
  return held ? { index: held.index, reason: held.reason, until: toInstant(held.untilMs) } : null;
}

export function toWindow({ begin, latestStart, end }: OpenWindow): z.infer<typeof windowSchema> {
  return { begin: toInstant(begin), latestStart: toInstant(latestStart), end: toInstant(end) };
}

function describe(source: WindowSource | undefined, windows: number): string {
  const from = describeSource(source);
  return source && windows === 0 ? `${from}; nothing is left of its windows` : from;
}

function describeSource(source: WindowSource | undefined): string {
  switch (source?.kind) {
    case 'rule':
      return `rules[${source.index}] is the first rule that matches the runtime`;
    case 'shoot':
      return 'No rule matches the runtime: the window of its Shoot counts';
    case 'default':
      return 'No rule matches the runtime, and its Shoot has no window: the default of the policy counts';
    case undefined:
      return 'No rule matches the runtime, its Shoot has no window, and the policy has no default: add a rule or a default';
  }
}
