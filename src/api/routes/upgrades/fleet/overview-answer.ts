/** The fleet as a whole, as clients see it. */
import { z } from '@hono/zod-openapi';
import type {
  CountOf,
  FleetCounts,
  FleetReadRow,
} from '../../../../db/repositories/upgrades/fleet-repository.ts';
import { comingFreezes } from '../../../../domain/upgrades/coming-freezes.ts';
import { EMPTY_POLICY, type MaintenancePolicy } from '../../../../domain/upgrades/maintenance-policy.ts';
import { timestamp } from '../../../answers.ts';
import { withoutWindowSchema } from '../policy/fleet-answer.ts';
import { freezeExample, freezeSchema, toFreeze } from '../policy/freezes-answer.ts';
import {
  instantText,
  sourceSchema,
  toInstant,
  toSource,
  toWindow,
  windowSchema,
} from '../policy/window-answer.ts';

const count = z.int().min(0);

const counts = (of: string) =>
  z.array(z.object({ key: z.string(), count })).openapi({ description: `By ${of}, the largest first` });

const windowsSchema = z.object({
  policyVersion: count.openapi({
    description:
      'Of the maintenance policy that was asked; 0 when there was none. A newer one counts as soon as it is stored, or from the next read on when no worker answered then',
  }),
  groups: z
    .array(
      z.object({
        zone: z.string().openapi({ description: 'IANA name, or an offset like `+01:00`' }),
        source: sourceSchema,
        runtimes: count,
        next: z.array(windowSchema.extend({ runtimes: count })).openapi({
          description: 'The next windows of its runtimes, the first five; those that are over are left out',
        }),
        nextWindows: count.openapi({ description: 'Different next windows in all' }),
        hours: z
          .array(
            z.object({
              begin: instantText('The first one opens'),
              end: instantText('The last one closes'),
              runtimes: count,
            }),
          )
          .openapi({
            description:
              'All next windows that began or begin within two days from when they were counted, those that begin in the same hour as one; without what is over',
          }),
        later: z
          .object({ begin: instantText('The first one opens'), runtimes: count })
          .nullable()
          .openapi({ description: 'Those that begin after that; null when there are none' }),
      }),
    )
    .openapi({ description: 'Runtimes by zone and source of their windows' }),
  withoutWindow: withoutWindowSchema.shape.withoutWindow,
});

export const overviewSchema = z
  .object({
    runtimes: count.openapi({ description: 'Without those that are suspended or gone' }),
    byState: counts('state, those that are suspended too'),
    byPlan: counts('service plan'),
    byRegion: counts('region'),
    byKymaVersion: z.array(z.object({ key: z.string().nullable(), count })).openapi({
      description:
        'By the version of the last upgrade by Drydock that has succeeded, the largest first; null for those that it has not upgraded',
    }),
    byKubernetesVersion: counts('version of Kubernetes'),
    leftOut: z.record(z.string(), count).openapi({
      description: 'Shoots that take no part in upgrades, whatever the policy is, by reason',
    }),
    windows: windowsSchema.nullable().openapi({
      description:
        'As the last read has found them; null before the first one, and when the policy could not be asked',
    }),
    policy: z
      .object({
        version: count.openapi({ description: 'That holds now; 0 when there is none' }),
        freezes: z.array(freezeSchema).nullable().openapi({
          description:
            "That hold now or begin within 30 days, by their begin; null when the times of the policy can't be read on this machine",
        }),
      })
      .openapi({ description: 'The maintenance policy that holds now' }),
    inventory: z
      .object({
        asOf: timestamp.nullable().openapi({
          description: 'What is told of Shoots is not older than that; null before the first read has ended',
        }),
        ageSeconds: count.nullable(),
        failure: z
          .object({ at: timestamp, message: z.string() })
          .nullable()
          .openapi({ description: 'Why the last read came to nothing; null when it did not' }),
      })
      .openapi({ description: 'How old all this is' }),
  })
  .openapi('Fleet', {
    example: {
      runtimes: 301,
      byState: [
        { key: 'succeeded', count: 294 },
        { key: 'upgrading', count: 5 },
        { key: 'error', count: 2 },
        { key: 'suspended', count: 1 },
      ],
      byPlan: [
        { key: 'azure', count: 181 },
        { key: 'gcp', count: 120 },
      ],
      byRegion: [
        { key: 'westeurope', count: 181 },
        { key: 'europe-west3', count: 120 },
      ],
      byKymaVersion: [
        { key: '2.20.5', count: 250 },
        { key: null, count: 51 },
      ],
      byKubernetesVersion: [{ key: '1.33.4', count: 301 }],
      leftOut: { hibernated: 1, 'no runtime ID': 2 },
      windows: {
        policyVersion: 4,
        groups: [
          {
            zone: '+00:00',
            source: { kind: 'shoot', index: null, rule: null },
            runtimes: 301,
            next: [
              {
                begin: '2030-10-12T22:00:00.000Z',
                latestStart: '2030-10-13T02:00:00.000Z',
                end: '2030-10-13T02:00:00.000Z',
                runtimes: 60,
              },
            ],
            nextWindows: 3,
            hours: [
              { begin: '2030-10-12T22:00:00.000Z', end: '2030-10-13T02:30:00.000Z', runtimes: 261 },
              { begin: '2030-10-13T01:00:00.000Z', end: '2030-10-13T05:00:00.000Z', runtimes: 40 },
            ],
            later: null,
          },
        ],
        withoutWindow: { 'no definition': 0, frozen: 0, 'opted out': 0 },
      },
      policy: { version: 4, freezes: [freezeExample] },
      inventory: { asOf: '2030-10-12T19:27:22.281515Z', ageSeconds: 41, failure: null },
    },
  });
type Overview = z.infer<typeof overviewSchema>;

export interface FleetPolicies {
  /** The one of the version that the outlook names; undefined when there is none, and when the database does not have it any more. */
  asked: MaintenancePolicy | undefined;
  /** Holds now; undefined while none was stored. */
  current: { version: number; policy: MaintenancePolicy } | undefined;
}

export function toOverview(
  found: FleetCounts,
  read: FleetReadRow | undefined,
  { asked, current }: FleetPolicies,
  nowMs: number,
): Overview {
  return {
    ...found,
    leftOut: Object.fromEntries(found.leftOut.map(({ key, count: number }: CountOf) => [key, number])),
    windows: windowsOf(read, asked ?? EMPTY_POLICY, nowMs),
    policy: policyOf(read, current, nowMs),
    inventory: {
      asOf: read?.asOf ?? null,
      ageSeconds: read?.asOf ? Math.max(0, Math.floor((nowMs - Date.parse(read.asOf)) / 1_000)) : null,
      failure: failureOf(read),
    },
  };
}

function windowsOf(
  read: FleetReadRow | undefined,
  policy: MaintenancePolicy,
  nowMs: number,
): Overview['windows'] {
  if (read?.outlook?.kind !== 'windows') return null;
  const { policyVersion, windows } = read.outlook;
  return {
    policyVersion,
    withoutWindow: windows.withoutWindow,
    groups: windows.groups.map(({ zone, source, runtimes, next, nextWindows, hours, later }) => ({
      zone,
      source: toSource(policy, source),
      runtimes,
      next: next
        .filter(({ end }) => end > nowMs)
        .map(({ runtimes: sharing, ...window }) => ({ ...toWindow(window), runtimes: sharing })),
      nextWindows,
      hours: (hours ?? next)
        .filter(({ end }) => end > nowMs)
        .map(({ begin, end, runtimes: having }) => ({
          begin: toInstant(begin),
          end: toInstant(end),
          runtimes: having,
        })),
      later: later ? { begin: toInstant(later.begin), runtimes: later.runtimes } : null,
    })),
  };
}

/** Touched runtimes are told only of the version that was asked: the same place in another one is another freeze. */
function policyOf(
  read: FleetReadRow | undefined,
  current: FleetPolicies['current'],
  nowMs: number,
): Overview['policy'] {
  if (!current) return { version: 0, freezes: [] };
  const { version, policy } = current;
  const outlook = read?.outlook?.kind === 'windows' ? read.outlook : undefined;
  const touched = outlook?.policyVersion === version ? outlook.windows.touched : undefined;
  return { version, freezes: comingFreezes(policy, touched, nowMs)?.map(toFreeze) ?? null };
}

function failureOf(read: FleetReadRow | undefined): Overview['inventory']['failure'] {
  if (!read) return null;
  const { failedAt, failure, outlook, endedAt } = read;
  if (failedAt !== null && failure !== null) return { at: failedAt, message: failure };
  if (outlook?.kind === 'unusable policy' && endedAt !== null)
    return { at: endedAt, message: outlook.message };
  return null;
}
