/** The policy as a document, its versions and their tags. */
import { z } from '@hono/zod-openapi';
import type { MaintenancePolicyRow } from '../../../../db/repositories/upgrades/policy-repository.ts';
import type { MaintenancePolicy, PolicyRule } from '../../../../domain/upgrades/maintenance-policy.ts';
import { maintenancePolicySchema } from '../../../../domain/upgrades/policy-schema.ts';
import { timestamp } from '../../../answers.ts';
import { JSON_TYPE } from '../../../media-types.ts';
import { accepts, limitsBody } from '../../../middleware/json-body.ts';

export const POLICY_PATH = '/maintenance-policy';

/**
 * Room for 10,000 opt-outs with a reason of some 60 characters. A policy is handed to a worker as one payload, of which
 * Temporal takes 2 MB; defaults add less than 0.1 MB to what was sent.
 */
export const POLICY_LIMIT_BYTES = 1.5 * 1024 * 1024;

/** Of the routes whose body is a policy, or has one in it. */
export const acceptsPolicy = accepts(
  JSON_TYPE,
  limitsBody(
    'leave out opt-outs and freezes that are over, shorten reasons, or name many runtimes by one match',
    POLICY_LIMIT_BYTES,
  ),
);

export const ruleExample: PolicyRule = {
  match: { plan: '^(trial|free)$' },
  days: ['Mon', 'Tue', 'Wed', 'Thu'],
  timeBegin: '220000',
  timeEnd: '020000',
  timeZone: 'Europe/Berlin',
  cutoff: '15m',
};

const example: MaintenancePolicy = {
  rules: [
    ruleExample,
    { match: { region: '^us-' }, days: ['Sat'], timeBegin: '220000-0500', timeEnd: '040000-0500' },
  ],
  default: { days: ['Sat', 'Sun'], timeBegin: '000000+0000', timeEnd: '040000+0000' },
  freezes: [
    {
      name: 'year-end',
      reason: 'Year-end closing',
      from: '2030-12-20',
      to: '2031-01-02',
      timeZone: 'Europe/Berlin',
    },
  ],
  optOut: [
    {
      runtimeID: '5791e81d-8959-4b78-82e4-7e4edea45683',
      reason: 'Go-live of the customer',
      until: '2030-11-01',
      timeZone: 'Europe/Berlin',
    },
  ],
};

/** A policy in a body; parsed it has every default. */
export const policySchema = maintenancePolicySchema().openapi('MaintenancePolicy', { examples: [example] });

/** A version without its policy. */
export const versionSchema = z
  .object({
    version: z.int().openapi({ description: 'From 1, without gaps; the highest one holds' }),
    changedBy: z.string().openapi({ description: 'Subject of the token, or `drydock`' }),
    changedAt: timestamp,
    reason: z.string().openapi({ description: 'In the words of who changed it; may be empty' }),
  })
  .openapi('PolicyVersion', {
    example: {
      version: 4,
      changedBy: 'jane@example.com',
      changedAt: '2030-10-12T19:27:22.281515Z',
      reason: 'Freeze over the year end',
    },
  });

export function toVersion(
  row: Omit<MaintenancePolicyRow, 'policy' | 'freezesSince'>,
): z.infer<typeof versionSchema> {
  const { version, changedBy, changedAt, reason } = row;
  return { version, changedBy, changedAt, reason };
}

/** Strong entity tag of a version; 0 while none was stored (RFC 9110, section 8.8.3). */
export function tagOf(row: Pick<MaintenancePolicyRow, 'version'> | undefined): string {
  return `"${row?.version ?? 0}"`;
}

/** For the answers that carry `ETag`. */
export const tagHeader = {
  ETag: {
    description: 'The version, in quotes; `"0"` while none was stored',
    schema: { type: 'string' as const },
    required: true,
  },
};

/** As people write it; the database keeps fields in an order of its own. */
const FIELDS = [
  ...['rules', 'default', 'freezes', 'optOut'],
  ...['name', 'runtimeID', 'match', 'plan', 'globalAccountID', 'region'],
  ...['days', 'timeBegin', 'timeEnd', 'reason', 'from', 'to', 'until', 'timeZone', 'cutoff'],
];

/** The same policy, or part of one, with its fields in the order in which people write them. */
export function inWrittenOrder<T>(part: T): T {
  return JSON.parse(JSON.stringify(part), (_key, value: unknown) =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? value
      : Object.fromEntries(Object.entries(value).sort(([a], [b]) => FIELDS.indexOf(a) - FIELDS.indexOf(b))),
  ) as T;
}
