import { describe, expect, it } from 'vitest';
import { decide, type Loop } from '../../../../src/domain/upgrades/loop-steps.ts';
import {
  describeKeys,
  isAnyFull,
  keysOf,
  limitKeysOf,
  limitOf,
  TakenKeys,
  withFullKeys,
} from '../../../../src/domain/upgrades/limits.ts';
import { seeds } from '../../../support/seeds.ts';

const LIMITS = { perRegion: { default: 2, 'eu-1': 1 }, perPlan: { trial: 1 }, perGlobalAccount: 3 };

describe('the limit of a key', () => {
  it('is its own, or the default, or none', () => {
    expect(limitOf(LIMITS, 'region', 'eu-1')).toBe(1);
    expect(limitOf(LIMITS, 'region', 'us-1')).toBe(2);
    expect(limitOf(LIMITS, 'plan', 'trial')).toBe(1);
    expect(limitOf(LIMITS, 'plan', 'azure')).toBe(Infinity);
    expect(limitOf(LIMITS, 'account', 'anything')).toBe(3);
    expect(limitOf({}, 'region', 'eu-1')).toBe(Infinity);
  });

  it('is none for what has no such key, and that of all others for names that objects have', () => {
    expect(limitOf(LIMITS, 'account', '')).toBe(Infinity);
    for (const key of ['default', 'constructor', '__proto__', 'toString'])
      expect([limitOf(LIMITS, 'region', key), limitOf(LIMITS, 'plan', key)]).toEqual([2, Infinity]);
  });

  it('decides which keys an operation takes', () => {
    const runtime = { region: 'us-1', servicePlanName: 'azure', globalAccountID: '' };
    expect(limitKeysOf(LIMITS, runtime)).toEqual({ region: 'us-1' });
    expect(limitKeysOf({ perPlan: 1 }, runtime)).toEqual({ plan: 'azure' });
    expect(limitKeysOf({}, runtime)).toEqual({});
  });
});

describe('one of some keys', () => {
  it('is full when as many have it as may, of its own kind, whoever has the others', () => {
    const others = { servicePlanName: 'us', globalAccountID: '' };
    const inProgress = ['eu', 'eu', 'us'].map((region) => ({ region, ...others }));
    const taken = new TakenKeys(
      {},
      inProgress.map((one) => ({ keys: keysOf(one) })),
    );
    const region = (key: string, limit: number) => ({ kind: 'region', key, limit }) as const;
    const plan = (key: string, limit: number) => ({ kind: 'plan', key, limit }) as const;
    expect(isAnyFull([region('eu', 2)], taken)).toBe(true);
    expect(isAnyFull([region('eu', 3)], taken)).toBe(false);
    expect(isAnyFull([region('us', 2), plan('us', 3)], taken)).toBe(true);
    expect(isAnyFull([region('us', 2), plan('eu', 1)], taken)).toBe(false);
    expect(isAnyFull([region('us', 1)], new TakenKeys({}))).toBe(false);
    expect(isAnyFull([], taken)).toBe(false);
  });
});

describe('keys that are taken', () => {
  it('have room until their limit, each of its own kind, and again when one is given back', () => {
    const both = { region: 'eu-1', account: 'eu-1' };
    const taken = new TakenKeys(LIMITS, [{ keys: both }, {}]);
    expect(taken.hasRoom(both)).toBe(false);
    expect(taken.fullOf(both)).toEqual({ kind: 'region', key: 'eu-1', limit: 1 });
    expect(taken.hasRoom({ account: 'eu-1' })).toBe(true);
    expect(taken.hasRoom()).toBe(true);
    expect(taken.full()).toEqual({ region: ['eu-1'] });
    expect(taken.hasRoomIn({ region: ['eu-1'] })).toBe(false);
    taken.giveBack(both);
    expect(taken.hasRoomIn({ region: ['eu-1'] })).toBe(true);
    expect(taken.full()).toEqual({});
  });

  it('are named in a sentence', () => {
    expect(describeKeys({})).toBeUndefined();
    expect(describeKeys({ account: ['a'] })).toBe('global account a');
    expect(describeKeys({ region: ['eu', 'us'] })).toBe('region eu and another one');
    expect(describeKeys({ region: ['eu', 'us'], plan: ['p'] })).toBe('region eu and 2 others');
    expect(withFullKeys({ region: ['eu'] }, { region: ['eu', 'us'], plan: [] })).toEqual({
      region: ['eu', 'us'],
    });
  });

  it('are counted for 1,000 operations in flight, 500 of whose keys are full, and for lines of all of these', () => {
    const flights = Array.from({ length: 1_000 }, (_, index) => ({
      operationID: `flight ${index}`,
      releasing: false,
      isStarted: true,
      keys: { region: `r${index % 20}`, account: `a${index % 500}` },
    }));
    const lines = Array.from({ length: 6_000 }, (_, index) => ({
      operationID: `line ${index}`,
      begin: '2026-01-01T00:00:00.000000Z',
      keys: { region: `r${index % 20}`, account: `a${index % 500}` },
    }));
    const loop: Loop = {
      ...{ workers: 1_000, limits: { perRegion: 100, perGlobalAccount: 2 }, flights, lines },
      passedOver: new TakenKeys({ perRegion: 100, perGlobalAccount: 2 }, flights).full(),
      ...{ isExhausted: true, isKnownEmpty: false, chores: 0, isCanceling: false, isControlUnread: false },
      ...{ isBehind: false, isHistoryLong: false },
    };
    const [first, ...others] = flights;
    const freed = { ...loop, flights: others };
    const now = Date.parse('2026-06-01T00:00:00Z');
    // Of the processor: other tests run beside this one.
    const begun = process.cpuUsage();
    const rounds = seeds(100);
    for (let round = 0; round < rounds; round++) decide(freed, now);
    const { user, system } = process.cpuUsage(begun);
    console.info(`A decision with 1,000 in flight takes ${((user + system) / rounds / 1_000).toFixed(2)} ms`);
    const [start] = decide(freed, now);
    expect(start).toMatchObject({ kind: 'start', operationIDs: ['line 0'] });
    expect(first?.keys).toEqual(lines[0]?.keys);
  });
});
