import { describe, expect, it } from 'vitest';
import {
  compilePolicy,
  freezesOf,
  optOutOf,
  windowDefinitionFor,
  withFreezesOf,
  type CompiledPolicy,
  type PolicyRuntime,
} from '../../../../src/domain/upgrades/compiled-policy.ts';
import { describePlace, replaced, type PlacedRow } from '../../../../src/domain/upgrades/live-freezes.ts';
import { orderOf, placements, type Placement } from '../../../../src/domain/upgrades/placement.ts';
import { parseMaintenancePolicy } from '../../../../src/domain/upgrades/policy-schema.ts';
import { NEVER } from '../../../../src/domain/upgrades/windows.ts';
import { dice } from '../../../support/dice.ts';
import { aRuntime } from '../../../support/rows.ts';
import { seeds } from '../../../support/seeds.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2027, 0, 1, 12);
const AS_OF = { version: 7, nowMs: NOW, windowsUntil: '2027-01-31T12:00:00Z' };
const WINDOW = { timeBegin: '220000+0000', timeEnd: '020000+0000' };

const at = (hours: number): string => new Date(NOW + hours * HOUR).toISOString();
const freeze = (name: string, from: number, to: number, match?: object): object => ({
  ...{ name, reason: `why ${name}`, from: at(from), to: at(to) },
  ...(match && { match }),
});

function compiled(document: object): CompiledPolicy {
  const { policy, issues } = parseMaintenancePolicy(document);
  if (!policy) throw new Error(JSON.stringify(issues));
  return compilePolicy(policy);
}

const runtime: PolicyRuntime = { ...aRuntime({ runtimeID: 'r-1', region: 'eu' }) };

const place = (document: object, how: 'atOnce' | 'inWindow' = 'atOnce'): Placement =>
  placements(compiled(document), NOW, NOW + 30 * DAY)[how](runtime);

describe('the policy of an orchestration under way', () => {
  it('has the windows of one version, and the freezes and opt-outs of another one', () => {
    const rules = compiled({
      rules: [{ match: { region: 'eu' }, ...WINDOW }],
      default: WINDOW,
      freezes: [freeze('old', 0, 1)],
      optOut: [{ runtimeID: 'r-1', reason: 'old', until: at(9) }],
    });
    const live = compiled({
      rules: [{ match: { region: 'eu' }, timeBegin: '030000+0000', timeEnd: '040000+0000' }],
      freezes: [freeze('new', 0, 1), freeze('elsewhere', 0, 1, { region: 'us' })],
      optOut: [
        { runtimeID: 'r-2', reason: 'of one', until: at(2) },
        { match: { region: 'eu' }, reason: 'of many', until: at(1) },
      ],
    });
    const both = withFreezesOf(live, rules);
    expect(windowDefinitionFor(both, runtime)).toBe(windowDefinitionFor(rules, runtime));
    expect(windowDefinitionFor(both, { ...runtime, region: 'us', maintenanceWindow: undefined })).toBe(
      rules.fallback,
    );
    expect(freezesOf(both, runtime)).toBe(freezesOf(live, runtime));
    expect(freezesOf(both, runtime).map(({ name }) => name)).toEqual(['new']);
    expect(optOutOf(both, runtime, NOW)).toMatchObject({ reason: 'of many' });
    expect(optOutOf(both, { ...runtime, runtimeID: 'r-2' }, NOW)).toMatchObject({ reason: 'of one' });
    expect(withFreezesOf(rules, rules)).toBe(rules);
  });
});

describe('what may begin at any time', () => {
  it.each<[string, object, object]>([
    ['begins at once without a freeze', {}, {}],
    ['begins at once after one', { freezes: [freeze('a', -9, 0)] }, {}],
    [
      'waits for the end of one',
      { freezes: [freeze('a', -1, 2)] },
      { window: { begin: at(2), latestStart: NEVER, end: NEVER }, heldBy: { name: 'a' } },
    ],
    [
      'waits for the end of several, named by the last one, and begins before the next',
      { freezes: [freeze('next', 6, 9), freeze('a', -1, 2), freeze('b', 1, 3), freeze('c', 1, 2)] },
      {
        window: { begin: at(3), latestStart: at(6), end: at(6) },
        heldBy: { name: 'b' },
        cutBy: { name: 'next' },
      },
    ],
    [
      'begins before one that is to come',
      { freezes: [freeze('next', 6, 9)] },
      {
        window: { begin: '1970-01-01T00:00:00.000Z', latestStart: at(6), end: at(6) },
        cutBy: { name: 'next' },
      },
    ],
    [
      'waits for the end of an opt-out',
      {
        optOut: [{ match: { region: 'eu' }, reason: 'go-live', until: at(5) }],
        freezes: [freeze('a', -1, 2)],
      },
      { window: { begin: at(5), latestStart: NEVER, end: NEVER }, heldBy: { isOptOut: true } },
    ],
    [
      'is left out when it is frozen beyond its time',
      { freezes: [freeze('a', -1, 30 * 24)] },
      { leftOut: 'frozen' },
    ],
    [
      'is left out when it is opted out beyond its time',
      { optOut: [{ runtimeID: 'r-1', reason: 'go-live', until: at(31 * 24) }] },
      { leftOut: 'opted out' },
    ],
    ['is not touched by freezes of others', { freezes: [freeze('a', -1, 2, { region: 'us' })] }, {}],
  ])('%s', (_, document, expected) => {
    const placed = place(document);
    expect(placed).toMatchObject(expected);
    expect('window' in placed).toBe('window' in expected);
  });

  it('begins in no freeze, and as soon as there is none: 2,000 random policies', () => {
    for (let seed = 1; seed <= seeds(2_000); seed++) {
      const roll = dice(seed);
      const freezes = Array.from({ length: roll(6) }, (_, index) => {
        const from = roll(60) - 20;
        return freeze(`${index}`, from, from + 1 + roll(20));
      });
      const policy = compiled({ freezes });
      const spans = freezesOf(policy, runtime);
      const isFrozenAt = (ms: number): boolean => spans.some(({ fromMs, toMs }) => fromMs <= ms && ms < toMs);
      const placed = placements(policy, NOW, NOW + 30 * DAY).atOnce(runtime);
      const begin = Math.max(Date.parse(placed.window?.begin ?? at(0)), NOW);
      const end = Math.min(Date.parse(placed.window?.latestStart ?? NEVER), NOW + 90 * HOUR);
      for (let ms = NOW; ms < NOW + 90 * HOUR; ms += HOUR / 2) {
        const isFrozen = isFrozenAt(ms);
        if (ms < begin && !isFrozen)
          throw new Error(`Seed ${seed}: it could have begun at ${at((ms - NOW) / HOUR)}`);
        if (ms >= begin && ms < end && isFrozen) throw new Error(`Seed ${seed}: it may begin in a freeze`);
      }
      if (placed.cutBy) expect(isFrozenAt(end)).toBe(true);
    }
  });

  it('is left out for the freeze, and not for the window that its Shoot does not have', () => {
    const windowless = { ...runtime, maintenanceWindow: undefined };
    const policy = compiled({ freezes: [freeze('a', -1, 30 * 24)] });
    expect(placements(policy, NOW, NOW + 30 * DAY).atOnce(windowless)).toMatchObject({ leftOut: 'frozen' });
    for (const how of ['atOnce', 'inWindow'] as const)
      expect(placements(compiled({}), NOW, NOW + 30 * DAY)[how](windowless)).toEqual({
        leftOut: 'unreadable maintenance window',
      });
  });

  it('goes behind what has a latest start, all of it alike', () => {
    expect(orderOf(undefined)).toEqual({ dueAt: '1970-01-01T00:00:00.000Z', orderAt: NEVER });
    const { window } = place({ freezes: [freeze('a', -1, 2)] });
    expect(orderOf(window)).toEqual({ dueAt: at(2), orderAt: NEVER });
  });
});

describe('what waits', () => {
  const rowOf = ({ window }: Placement, description = ''): PlacedRow => ({
    windowBegin: window?.begin ?? null,
    latestStart: window?.latestStart ?? null,
    windowEnd: window?.end ?? null,
    description,
  });
  const now = { freezes: [freeze('a', -1, 2)] };
  const nightly = { default: WINDOW, rules: [{ match: { region: 'eu' }, ...WINDOW, cutoff: '15m' }] };

  it('stays where it is not touched, at once, in a window, and behind a freeze', () => {
    for (const [how, document] of [
      ['atOnce', {}],
      ['atOnce', now],
      ['inWindow', nightly],
      ['inWindow', { ...nightly, freezes: [freeze('b', 8, 11)] }],
    ] as const) {
      const placed = place(document, how);
      const description = describePlace(placed, NOW);
      expect(replaced(rowOf(placed, description), placed, AS_OF)).toEqual({ kind: 'stays' });
      // In the words of a pause, or of a busy runtime.
      expect(replaced(rowOf(placed, 'Waits: something'), placed, AS_OF)).toEqual({ kind: 'stays' });
    }
  });

  it('stays when only begins that have passed differ', () => {
    const row = { ...rowOf({}), windowBegin: at(-3), latestStart: NEVER, windowEnd: NEVER };
    expect(replaced(row, {}, AS_OF)).toEqual({ kind: 'stays' });
    expect(replaced({ ...row, windowBegin: at(1) }, {}, AS_OF)).toMatchObject({ kind: 'moves' });
  });

  it('stays with the words of the freeze that is in its way now', () => {
    const before = place({ ...nightly, freezes: [freeze('b', 0, 12)] }, 'inWindow');
    const after = place({ ...nightly, freezes: [freeze('c', 0, 12)] }, 'inWindow');
    const description = 'Waits for the end of the freeze "c" (why c) 2027-01-02T00:00Z';
    expect(replaced(rowOf(before, describePlace(before, NOW)), after, AS_OF)).toEqual({
      kind: 'stays',
      description,
    });
  });

  it('moves out of the way of a freeze, and says by which one', () => {
    expect(replaced(rowOf({}), place(now), AS_OF)).toEqual({
      kind: 'moves',
      window: { begin: at(2), latestStart: NEVER, end: NEVER },
      description: 'Waits for the end of the freeze "a" (why a) 2027-01-01T14:00Z',
      reason:
        'By version 7 of the maintenance policy it waits for the end of the freeze "a" (why a) 2027-01-01T14:00Z',
    });
    const night = place(nightly, 'inWindow');
    expect(
      replaced(rowOf(night), place({ ...nightly, freezes: [freeze('a', 9, 20)] }, 'inWindow'), AS_OF),
    ).toMatchObject({
      window: { begin: at(34), latestStart: at(37.75), end: at(38) },
      description:
        'Waits for the end of the freeze "a" (why a) 2027-01-02T08:00Z, and then for its window 22:00–02:00 UTC of 2027-01-02',
    });
    expect(
      replaced(rowOf(night), place({ ...nightly, freezes: [freeze('a', 12, 20)] }, 'inWindow'), AS_OF),
    ).toEqual({
      kind: 'moves',
      window: { begin: at(10), latestStart: at(11.75), end: at(12) },
      description: 'Waits for its window 22:00–00:00 UTC of 2027-01-01',
      reason:
        'By version 7 of the maintenance policy its window ends where the freeze "a" (why a) begins, 2027-01-02T00:00Z',
    });
  });

  it('moves when only the end of its window, or the last start in it, differs', () => {
    const night = place(nightly, 'inWindow');
    const row = rowOf(night);
    expect(replaced({ ...row, latestStart: at(13) }, night, AS_OF)).toMatchObject({ kind: 'moves' });
    expect(replaced({ ...row, windowEnd: at(15) }, night, AS_OF)).toMatchObject({ kind: 'moves' });
  });

  it('waits for its turn from the very begin of its window on', () => {
    const window = (begin: number) => ({ window: { begin: at(begin), latestStart: at(9), end: at(9) } });
    for (const begin of [-1, 0])
      expect(describePlace(window(begin), NOW)).toBe('Waits for its turn in the plan');
    expect(describePlace(window(1), NOW)).toMatch(/^Waits for its window/);
  });

  it('goes back when a freeze is lifted', () => {
    expect(replaced(rowOf(place(now)), place({}), AS_OF)).toEqual({
      kind: 'moves',
      description: 'Waits for its turn in the plan',
      reason: 'By version 7 of the maintenance policy no freeze is in its way any more, and no opt-out',
    });
  });

  it('ends when nothing is left in time', () => {
    const by =
      'By version 7 of the maintenance policy it has no window that begins before 2027-01-31T12:00:00Z';
    const always = { freezes: [freeze('a', -1, 900)] };
    const until = 'until 2027-02-08T00:00Z';
    for (const how of ['atOnce', 'inWindow'] as const)
      expect(replaced(rowOf({}), place({ ...nightly, ...always }, how), AS_OF)).toEqual({
        kind: 'ends',
        reason: `${by}: the freeze "a" (why a) ${until}`,
      });
    const optOut = [{ runtimeID: 'r-1', reason: 'go-live', until: at(900) }];
    expect(replaced(rowOf({}), place({ optOut }), AS_OF)).toEqual({
      kind: 'ends',
      reason: `${by}: the opt-out (go-live) ${until}`,
    });
    expect(replaced(rowOf({}), { leftOut: 'no maintenance window' }, AS_OF)).toEqual({
      kind: 'ends',
      reason: `${by}: no maintenance window`,
    });
  });
});
