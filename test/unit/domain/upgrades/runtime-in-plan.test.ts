import { describe, expect, it } from 'vitest';
import {
  explainCarriedOut,
  explainLeftOut,
  explainNotSelected,
  explainPlanned,
  explainUnknown,
} from '../../../../src/domain/upgrades/runtime-in-plan.ts';
import { EXCLUSION_REASONS } from '../../../../src/domain/upgrades/runtime.ts';

const UNTIL = '2026-12-28T14:00:00.000000Z';
const PLAN = { windowsUntil: UNTIL };
const WINDOW = { windowBegin: '2026-11-28T21:00:00.000000Z', latestStart: '2026-11-29T00:45:00.000000Z' };
const AT_ONCE = { windowBegin: null, latestStart: null };
const RULE = {
  by: 'by rule 1 (rules[0]) of version 4 of the maintenance policy',
  change: '',
  clockAt: () => '22:00 Europe/Berlin',
};

function planned(window: typeof WINDOW | typeof AT_ONCE, begin: string | null, origin?: typeof RULE): string {
  const projectedEnd = begin === null ? null : '2026-11-30T22:00:00.000000Z';
  return explainPlanned({ shootName: 'c-1', ...window, projectedBegin: begin, projectedEnd }, PLAN, origin);
}

describe('a runtime that is in a plan', () => {
  it('has its window, the rule behind it, and projected times in it or in a later one', () => {
    expect(planned(WINDOW, WINDOW.windowBegin, RULE)).toBe(
      'Shoot c-1 is in the plan: its next window opens 2026-11-28T21:00Z (22:00 Europe/Berlin) by rule 1 (rules[0]) of version 4 of the maintenance policy; it is projected from 2026-11-28T21:00Z to 2026-11-30T22:00Z',
    );
    expect(planned(WINDOW, WINDOW.latestStart)).toBe(
      'Shoot c-1 is in the plan: its next window opens 2026-11-28T21:00Z, in which no worker is free: it is projected for a later one, from 2026-11-29T00:45Z to 2026-11-30T22:00Z',
    );
    expect(planned(WINDOW, null)).toBe(
      'Shoot c-1 is in the plan: its next window opens 2026-11-28T21:00Z, but by the projection no worker is free in any of its windows before 2026-12-28T14:00Z',
    );
    expect(planned(AT_ONCE, WINDOW.windowBegin)).toBe(
      'Shoot c-1 is in the plan; it is projected from 2026-11-28T21:00Z to 2026-11-30T22:00Z',
    );
  });

  it('has the state of its operation where that is carried out', () => {
    const row = {
      shootName: 'c-1',
      state: 'succeeded',
      description: 'Operation succeeded',
      windowBegin: null,
    } as const;
    const beforeMs = Date.parse(WINDOW.windowBegin) - 1;
    expect(explainCarriedOut(row, beforeMs)).toBe(
      'Shoot c-1 is in the plan, and its operation is succeeded (Operation succeeded)',
    );
    const waits = { ...row, state: 'pending', description: '', ...WINDOW } as const;
    const open = 'Shoot c-1 is in the plan, and its operation is pending';
    expect(explainCarriedOut(waits, beforeMs + 1, RULE)).toBe(open);
    expect(explainCarriedOut({ ...row, ...WINDOW }, beforeMs, RULE)).not.toContain('window');
    expect(explainCarriedOut(waits, beforeMs, RULE)).toBe(
      'Shoot c-1 is in the plan, and its operation is pending; its window opens 2026-11-28T21:00Z (22:00 Europe/Berlin) by rule 1 (rules[0]) of version 4 of the maintenance policy',
    );
  });
});

it('has a sentence for each reason to be left out', () => {
  const sentences = EXCLUSION_REASONS.map((reason) => [
    reason,
    explainLeftOut({ shootName: 'c-1', reason }, PLAN),
  ]);
  expect(Object.fromEntries(sentences)).toMatchInlineSnapshot(`
    {
      "Kubernetes version not offered": "The cloud profile of Shoot c-1 does not offer the Kubernetes version, or as a preview or expired only",
      "being deleted": "Shoot c-1 is being deleted",
      "excluded by targets": "An exclude entry of targets matches Shoot c-1",
      "frozen": "Freezes of the maintenance policy take all windows of Shoot c-1 that begin before 2026-12-28T14:00Z",
      "hibernated": "Shoot c-1 is hibernated; nothing can be upgraded before it has woken up",
      "machine image not offered": "The cloud profile of Shoot c-1 does not offer the version of its machine image, or as a preview or expired only",
      "more than one minor version behind": "Shoot c-1 is more than one minor version behind what is asked for; upgrade it to the version between first",
      "never finished creating": "The creation of Shoot c-1 was never finished",
      "no cloud profile": "Shoot c-1 names no cloud profile that exists, so nobody can tell which versions are offered to it",
      "no maintenance window": "Shoot c-1 has no window that begins before 2026-12-28T14:00Z",
      "no runtime ID": "Shoot c-1 carries no runtime ID, so it is no runtime",
      "opted out": "Shoot c-1 is opted out by the maintenance policy; an admin can change that with PUT /maintenance-policy",
      "runtime ID of another Shoot": "Shoot c-1 carries the runtime ID of another Shoot, which counts",
      "runtime ID too long": "Shoot c-1 carries a runtime ID that is too long to be one",
      "unreadable maintenance window": "Shoot c-1 has no readable maintenance window; its owner can set spec.maintenance.timeWindow",
    }
  `);
  expect(explainNotSelected()).toBe('No include entry of targets matches the runtime');
});

it.each(EXCLUSION_REASONS)('of one that is left out (%s) one sentence names the Shoot', (reason) => {
  expect(explainLeftOut({ shootName: 'c-1', reason }, PLAN)).toMatch(/^[A-Z].*\bc-1\b.*(?<!\.)$/);
});

it('says until when there is no window', () => {
  const noWindow = { shootName: 'c-1', reason: 'no maintenance window' } as const;
  expect(explainLeftOut(noWindow, PLAN)).toBe('Shoot c-1 has no window that begins before 2026-12-28T14:00Z');
  expect(explainLeftOut(noWindow, { windowsUntil: null })).toBe(
    'Shoot c-1 has no window that begins in time',
  );
});

it('says when the inventory did not know a runtime', () => {
  expect(explainUnknown({ ...PLAN, madeAt: '2026-11-28T14:00:00.000000Z' })).toMatch(
    /was made, at 2026-11-28T14:00Z$/,
  );
  expect(explainUnknown(PLAN)).toMatch(/when the plan was made$/);
});
