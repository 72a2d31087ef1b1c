/** Policies, and what a worker answers of them. */
import type { MaintenancePolicy } from '../../src/domain/upgrades/maintenance-policy.ts';
import type { PolicyPreview } from '../../src/domain/upgrades/policy-preview.ts';
import type { PolicyPreviewAnswer } from '../../src/workflows/contract/upgrades.ts';

export const PATH = '/maintenance-policy';

/** With something in every list; its fields are in the order in which answers have them. */
export const SOME: MaintenancePolicy = {
  rules: [
    {
      match: { plan: '^(trial|free)$', region: '^eu-' },
      days: ['Sat', 'Sun'],
      timeBegin: '220000',
      timeEnd: '020000',
      timeZone: 'Europe/Berlin',
      cutoff: '15m',
    },
  ],
  default: { days: ['Mon'], timeBegin: '000000+0000', timeEnd: '040000+0000' },
  freezes: [
    {
      name: 'year-end',
      match: { plan: 'azure' },
      reason: 'Year-end closing',
      from: '2030-12-20',
      to: '2031-01-02',
      timeZone: 'Europe/Berlin',
    },
  ],
  optOut: [{ runtimeID: 'r-1', reason: 'go-live', until: '2030-11-01T00:00:00Z' }],
};

/** Of two runtimes with windows, unless told otherwise. */
export function aFleet(
  preview: Partial<PolicyPreview> = {},
  leftOut: Record<string, number> = {},
): Extract<PolicyPreviewAnswer, { kind: 'fleet' }> {
  return {
    kind: 'fleet',
    preview: {
      runtimes: 2,
      groups: [
        { zone: 'Europe/Berlin', source: { kind: 'rule', index: 0 }, runtimes: 2, next: [], nextWindows: 0 },
      ],
      withoutWindow: { 'no definition': 0, frozen: 0, 'opted out': 0 },
      named: [],
      ...preview,
    },
    leftOut,
  };
}
