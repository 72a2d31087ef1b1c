import { describe, expect, it } from 'vitest';
import {
  limitKeysOf,
  type Limit,
  type LimitKeys,
  type Limits,
} from '../../../../src/domain/upgrades/limits.ts';
import { decide, LEAD_MS, type Loop, type Step } from '../../../../src/domain/upgrades/loop-steps.ts';
import { dice } from '../../../support/dice.ts';
import { LoopWorld, type Place, type Row, type Wave } from './loop-world.ts';
import { seeds } from '../../../support/seeds.ts';

const HOUR = 3_600_000;

/** Rows named a, b, c, …; a number is the hour in which a window begins, null none. */
function plan(...windows: (number | null)[]): Row[] {
  return windows.map((hour, index) => ({
    id: String.fromCharCode(97 + index),
    state: 'waiting',
    dueAt: (hour ?? 0) * HOUR,
    orderAt: (hour ?? 0) * HOUR + HOUR,
    hasWindow: hour !== null,
    notBefore: 0,
    wave: 0,
  }));
}

const at = (ms: number): string => new Date(ms).toISOString();

/** Region and plan of each row. */
function withKeys(rows: Row[], ...keys: LimitKeys[]): Row[] {
  return rows.map((row, index) => ({ ...row, keys: keys[index] }));
}

/** The rows in two waves of which the first one soaks and asks. */
function inWaves(rows: Row[]): Row[] {
  return rows.map((row, index) => ({ ...row, wave: Math.min(index, 1) }));
}

function twoWaves(): Wave[] {
  const wave = { soakMinutes: 0, asks: false, isApproved: false, isWaived: false };
  return [
    { ...wave, soakMinutes: 30, asks: true, phase: 'running' },
    { ...wave, phase: 'waiting' },
  ];
}

/** `d` and `e` are due with and after `b` and `c`; `e` must begin before `d`. */
function overlapping(): Row[] {
  const rows = plan(0, 5, 5, 5, 6);
  const d = rows[3];
  if (d) d.orderAt = 20 * HOUR;
  return rows;
}

/** Freezes that put these rows into a window of another hour, and leave the others where they are. */
const intoHour =
  (hour: number, ...ids: string[]) =>
  (row: Row): Place =>
    ids.includes(row.id) ? { dueAt: hour * HOUR, orderAt: (hour + 1) * HOUR, hasWindow: true } : row;

const flightOf = (world: LoopWorld, id: string): LoopWorld['flights'][number] => {
  const flight = world.flights.find(({ row }) => row.id === id);
  if (!flight) throw new Error(`${id} is not in flight`);
  return flight;
};

/** Each starts if it has not, and succeeds. */
function succeed(world: LoopWorld, ...ids: string[]): void {
  for (const id of ids) {
    const flight = flightOf(world, id);
    if (!flight.isStarted) world.started(flight);
    world.ended(flight, 'succeeded');
    world.run();
  }
}

/** Nothing happens before the timer fires. */
function sleepOver(world: LoopWorld): void {
  world.now = world.timerAt ?? 0;
  world.timerFires();
  world.run();
}

describe('what the loop of an orchestration does', () => {
  const scenarios: Record<string, (world: LoopWorld) => void> = {
    'carries a plan out': (world) => {
      world.run();
      for (const id of ['a', 'b', 'c']) {
        world.started(flightOf(world, id));
        world.run();
        world.ended(flightOf(world, id), id === 'b' ? 'failed' : 'succeeded');
        world.run();
      }
    },
    'drains after a cancel': (world) => {
      world.run();
      world.started(flightOf(world, 'a'));
      world.happens('cancel', () => (world.canceling = true));
      world.run();
      world.started(flightOf(world, 'b'));
      world.run();
      world.ended(flightOf(world, 'b'), 'released');
      world.run();
      succeed(world, 'a');
    },
    'holds while it is paused, and goes on': (world) => {
      world.run();
      world.started(flightOf(world, 'a'));
      world.started(flightOf(world, 'b'));
      world.controls(true);
      world.run();
      world.ended(flightOf(world, 'b'), 'released');
      world.run();
      succeed(world, 'a');
      world.now = HOUR / 10;
      world.controls(false);
      world.run();
      succeed(world, 'b', 'c');
    },
    'soaks and asks between waves, and tries an earlier one again': (world) => {
      world.run();
      succeed(world, 'a');
      sleepOver(world);
      world.controls(true);
      world.run();
      world.approves();
      world.run();
      world.controls(false);
      world.run();
      world.approves();
      world.run();
      world.started(flightOf(world, 'b'));
      world.ended(flightOf(world, 'b'), 'failed');
      world.retries();
      world.run();
      succeed(world, 'b', 'c');
    },
    'goes by freezes that change': (world) => {
      world.run();
      world.started(flightOf(world, 'a'));
      // Its child is being started: it can't be spoken to yet.
      world.freeze(intoHour(5, 'b'), true);
      world.run();
      world.started(flightOf(world, 'b'));
      world.run();
      world.ended(flightOf(world, 'b'), 'released');
      world.run();
      succeed(world, 'a');
      world.started(flightOf(world, 'c'));
      world.freeze(intoHour(6, 'c'), false);
      world.now = HOUR / 10;
      world.ended(flightOf(world, 'c'), 'held');
      world.run();
      world.freeze(intoHour(0, 'b', 'c'), true);
      world.run();
      succeed(world, 'b', 'c');
    },
    'waits for a runtime that somebody else holds': (world) => {
      world.run();
      world.started(flightOf(world, 'a'), true);
      world.run();
      succeed(world, 'b', 'c');
      sleepOver(world);
      succeed(world, 'a');
    },
    'continues as new with children in flight at the moment of a retry, and carries it out then': (world) => {
      world.run();
      world.started(flightOf(world, 'a'));
      world.ended(flightOf(world, 'a'), 'failed');
      world.retries();
      world.happens('the history is long', () => (world.isHistoryLong = true));
      world.run();
      world.ended(flightOf(world, 'b'), 'lost');
      world.run();
      succeed(world, 'a', 'c');
    },
    'passes over what has a full key, and comes back to it': (world) => {
      world.run();
      for (const id of ['a', 'g']) world.started(flightOf(world, id));
      world.run();
      succeed(world, 'g', 'a', 'b', 'h', 'c', 'd', 'e', 'f');
      sleepOver(world);
      succeed(world, 'i');
    },
    'starts what is due, and sleeps until the next windows begin': (world) => {
      world.run();
      succeed(world, 'a');
      sleepOver(world);
      for (const id of ['b', 'c']) world.started(flightOf(world, id));
      world.run();
      // All slots are taken: what comes due must begin before the line that was read already.
      sleepOver(world);
      world.now = 6 * HOUR;
      succeed(world, 'c');
      succeed(world, 'e', 'b', 'd');
    },
  };
  const [eu, us] = [{ region: 'eu' }, { region: 'us' }];
  const limits: Record<string, Limits> = {
    'passes over what has a full key, and comes back to it': { perRegion: 1, perPlan: { trial: 1 } },
  };
  const plans: Record<string, Row[]> = {
    'passes over what has a full key, and comes back to it': withKeys(
      plan(null, null, null, null, null, null, null, null, 5),
      ...[eu, eu, eu, eu, eu, { ...eu, plan: 'trial' }, { ...us, plan: 'trial' }, us, {}],
    ),
    'drains after a cancel': plan(null, 0.05, 6),
    'holds while it is paused, and goes on': plan(null, 0.05, 0.08),
    'goes by freezes that change': plan(null, 0.05, 0.08),
    'soaks and asks between waves, and tries an earlier one again': inWaves(plan(null, null, null)),
    'starts what is due, and sleeps until the next windows begin': overlapping(),
  };

  it.each(Object.entries(scenarios))('%s', async (name, tell) => {
    const world = new LoopWorld(
      plans[name] ?? plan(null, null, null),
      2,
      name.includes('waves') ? twoWaves() : [],
      undefined,
      limits[name],
    );
    tell(world);
    await expect(`${world.said.join('\n')}\n`).toMatchFileSnapshot(
      `transcripts/${name.replaceAll(/\W+/g, '-')}.txt`,
    );
  });
});

/** One is in flight, and one that was read is left. */
const LOOP: Loop = {
  workers: 1,
  flights: [{ operationID: 'a', releasing: false, isStarted: true }],
  lines: [{ operationID: 'b' }],
  isExhausted: true,
  isKnownEmpty: false,
  chores: 0,
  isCanceling: false,
  isControlUnread: false,
  isBehind: false,
  isHistoryLong: false,
};

describe('with all slots taken and a line left', () => {
  const kinds = (changes: Partial<Loop>): string[] =>
    decide({ ...LOOP, ...changes }, 0).map(({ kind }) => kind);

  it('needs no timer for busy runtimes: the plan is read again anyway', () => {
    expect(kinds({ lookAgainAt: 1 })).toEqual(['wait']);
    expect(kinds({ lookAgainAt: 1, lines: [] })).toEqual(['sleep', 'wait']);
  });

  it.each([
    ['soaking', 'wave w0 has soaked at 1970-01-01T10:00Z'],
    ['looking', 'the runtimes of wave w0 are due for a look at 1970-01-01T10:00Z'],
    ['asking', 'the question for approval of wave w0 expires at 1970-01-01T10:00Z'],
  ] as const)('says what it sleeps for while a wave is %s', (phase, reason) => {
    const wave = { number: 0, name: 'w0', phase, until: 10 * HOUR, isChecked: true };
    const [sleep] = decide({ ...LOOP, wave }, 0);
    expect(sleep).toEqual({ kind: 'sleep', until: 10 * HOUR, reason });
    const [move] = decide({ ...LOOP, wave }, 10 * HOUR);
    expect(move).toMatchObject({ kind: 'read control', reason: reason.replace(/ at 1970.*/, '') });
  });

  it('wakes up for the next windows all the same: what begins then may have to go first', () => {
    const [sleep, wait] = decide({ ...LOOP, nextDueAt: 10 * HOUR }, 0);
    expect(sleep).toMatchObject({ kind: 'sleep', until: 10 * HOUR - LEAD_MS });
    expect(wait).toMatchObject({ kind: 'wait', reason: 'waits for a slot: all 1 are taken' });
  });

  it('starts what can begin before what would only sleep in its slot', () => {
    const lines = [
      { operationID: 'soon', begin: '1970-01-01T00:04:00Z' },
      { operationID: 'open', begin: '1970-01-01T00:00:00Z' },
      { operationID: 'any time' },
    ];
    const [start] = decide({ ...LOOP, workers: 3, lines }, 0);
    expect(start).toMatchObject({ kind: 'start', operationIDs: ['open', 'any time'] });
  });

  it('skips a line whose operation is in flight, and starts one that is named twice once', () => {
    const lines = ['a', 'b', 'b'].map((operationID) => ({ operationID }));
    const [skip, start, wait] = decide({ ...LOOP, workers: 3, lines }, 0);
    expect(skip).toMatchObject({ kind: 'skip', operationIDs: ['a', 'b'] });
    expect(start).toMatchObject({ kind: 'start', operationIDs: ['b'] });
    expect(wait?.kind).toBe('wait');
  });
});

describe('with a full key', () => {
  const keys = { region: 'eu' };
  const loop: Loop = {
    ...LOOP,
    workers: 3,
    limits: { perRegion: 1 },
    flights: [{ operationID: 'a', releasing: false, isStarted: true, keys }],
    lines: [{ operationID: 'b', keys }],
  };
  const lastOf = (changes: Partial<Loop>): Step | undefined => decide({ ...loop, ...changes }, 0).at(-1);

  it('waits, and says for what', () => {
    expect(lastOf({})).toMatchObject({ kind: 'wait', reason: 'waits for room in region eu' });
    const passedOver = { region: ['eu'] };
    expect(lastOf({ lines: [], passedOver })).toMatchObject({ kind: 'wait' });
  });

  it('looks at busy runtimes again, which may have other keys', () => {
    expect(decide({ ...loop, lookAgainAt: 1 }, 0).map(({ kind }) => kind)).toEqual(['sleep', 'wait']);
  });

  it('reads on, also ahead while all slots are taken, and keeps what it has read', () => {
    const onward = { kind: 'read', from: 'cursor' };
    expect(lastOf({ isExhausted: false })).toMatchObject(onward);
    expect(lastOf({ isExhausted: false, workers: 1 })).toMatchObject(onward);
    const passedOver = { region: ['eu', 'us'] };
    const again = { kind: 'read', from: 'start', keepsLines: true };
    expect(lastOf({ passedOver })).toMatchObject(again);
    expect(lastOf({ passedOver, isExhausted: false })).toMatchObject(again);
    expect(lastOf({ passedOver, lines: [], isExhausted: false })).toMatchObject(again);
  });

  it('reads the plan anew when the window of a line is over', () => {
    const lines = [{ operationID: 'b', begin: at(0), keys }];
    const read = { ...loop, lines, linesUntil: HOUR };
    expect(decide(read, HOUR - 1).map(({ kind }) => kind)).toEqual(['wait']);
    expect(decide(read, HOUR)).toMatchObject([{ kind: 'read', from: 'start' }]);
    expect(decide({ ...read, lines: [] }, HOUR).map(({ kind }) => kind)).toEqual(['wait']);
  });

  it('reads nothing while something that was read can begin when a slot is free', () => {
    const passedOver = { region: ['eu', 'us'] };
    const lines = [{ operationID: 'b', keys }, { operationID: 'c' }];
    expect(lastOf({ passedOver, lines, workers: 1, isExhausted: false })).toMatchObject({ kind: 'wait' });
  });
});

describe('in 10,000 random walks', () => {
  it('no rule is broken, and each one comes to its end', () => {
    for (let seed = 1; seed <= seeds(10_000); seed++) walk(seed);
  });
});

function walk(seed: number): void {
  const roll = dice(seed);
  const size = 1 + roll(12);
  const windows = Array.from({ length: size }, () => (roll(2) === 0 ? null : 1 + roll(20)));
  const waves = wavesOf(roll);
  const rows = plan(...windows).map((row) => ({ ...row, wave: waves.length === 0 ? 0 : roll(waves.length) }));
  const limits = limitsOf(roll);
  for (const row of rows) row.keys = limits && keysOf(limits, roll);
  const world = new LoopWorld(rows, 1 + roll(4), waves, expectRules, limits);
  try {
    let round = world.run();
    for (let left = roll(60); round === 'waiting'; left--) {
      if (left < -1_000) throw new Error('It does not come to its end');
      happenAnything(world, roll, left > 0);
      round = world.run();
    }
    expect(world.flights).toEqual([]);
    expect(round).toBe(world.canceling ? 'drained' : 'done');
    if (round === 'done') expect(world.rows.every(({ state }) => /succeeded|failed/.test(state))).toBe(true);
  } catch (error) {
    throw new Error(`Seed ${seed}:\n${world.said.slice(-40).join('\n')}`, { cause: error });
  }
}

/** None in half of the walks; some of them soak, some ask, some may be empty. */
function wavesOf(roll: (limit: number) => number): Wave[] {
  return Array.from({ length: Math.max(roll(8) - 3, 0) }, (_, number) => ({
    soakMinutes: roll(2) * roll(300),
    asks: roll(3) === 0,
    phase: number === 0 ? 'running' : 'waiting',
    isApproved: false,
    isWaived: false,
  }));
}

const REGION_LIMITS: readonly Limit[] = [1, 2, { default: 2, r0: 1 }, { r1: 1 }];
const ACCOUNT_LIMITS: readonly Limit[] = [1, { default: 1, a0: 3 }];

/** None in half of the walks; some hold for one key only. */
function limitsOf(roll: (limit: number) => number): Limits | undefined {
  if (roll(2) === 0) return undefined;
  const perRegion = REGION_LIMITS[roll(4)];
  const perGlobalAccount = ACCOUNT_LIMITS[roll(3)];
  return { ...(perRegion && { perRegion }), ...(perGlobalAccount && { perGlobalAccount }) };
}

function keysOf(limits: Limits, roll: (limit: number) => number): LimitKeys {
  return limitKeysOf(limits, {
    region: `r${roll(3)}`,
    servicePlanName: '',
    globalAccountID: roll(5) === 0 ? '' : `a${roll(4)}`,
  });
}

/** With `wild`, also what an operator or bad luck may bring; without, only what leads to the end. */
function happenAnything(world: LoopWorld, roll: (limit: number) => number, wild: boolean): void {
  const flight = world.flights[roll(Math.max(world.flights.length, 1))];
  const event = roll(wild ? 17 : 5);
  if (event === 0 && !world.canceling && roll(4) === 0 && wild)
    return world.happens('cancel', () => (world.canceling = true));
  if (event === 14) return world.approves();
  if (event >= 15) return world.freeze(anyPlaces(world, roll), event === 15);
  if (wild ? event >= 12 : world.isPaused) return world.controls(wild && event === 12);
  if (!wild && world.flights.length === 0 && world.waves[world.openWave()]?.phase === 'asking')
    return world.approves();
  if (event === 5) return world.retries();
  if (event === 6) return world.happens('the history is long', () => (world.isHistoryLong = true));
  if (event === 7) return world.happens('time passes', () => (world.now += roll(3 * HOUR)));
  if (!flight) {
    world.now = Math.max(world.now, world.timerAt ?? world.now);
    return world.timerFires();
  }
  if (!flight.isStarted) return world.started(flight, wild && roll(4) === 0);
  if (world.isAsleep(flight)) {
    if (flight.releasing) return world.ended(flight, 'released');
    return world.happens('its window begins', () => (world.now = flight.begin ?? world.now));
  }
  if (flight.isStale) return world.ended(flight, 'held');
  const kinds = ['succeeded', 'succeeded', 'failed', 'missed', 'lost', 'released'] as const;
  world.ended(flight, kinds[roll(wild ? kinds.length : 3)] ?? 'succeeded');
}

/** Freezes that put each row somewhere: to begin at once, into a window that is open, or into a later one. */
function anyPlaces(world: LoopWorld, roll: (limit: number) => number): (row: Row) => Place {
  const places = new Map(
    world.rows.map((row): [Row, Place] => {
      const dueAt = roll(2) === 0 ? 0 : world.now + roll(8 * HOUR);
      return [row, { dueAt, orderAt: dueAt + HOUR, hasWindow: dueAt > 0 }];
    }),
  );
  return (row) => places.get(row) ?? row;
}

/** The rules of each decision. */
function expectRules(loop: Loop, steps: Step[], world: LoopWorld): void {
  const last = steps.at(-1);
  const broken = rulesBroken(loop, steps, last, world);
  if (broken.length > 0) throw new Error(`${broken.join('; ')}: ${JSON.stringify(steps)}`);
}

const AT_ONCE = new Set(['skip', 'start', 'release', 'sleep']);

function rulesBroken(loop: Loop, steps: Step[], last: Step | undefined, world: LoopWorld): string[] {
  const started = steps.flatMap((step) => (step.kind === 'start' ? step.operationIDs : []));
  const released = steps.flatMap((step) => (step.kind === 'release' ? step.operationIDs : []));
  const held = new Map(loop.flights.map((flight) => [flight.operationID, flight]));
  const begins = new Map(loop.lines.map(({ operationID, begin }) => [operationID, beginMs(begin)]));
  const isOpen = (id: string): boolean => (begins.get(id) ?? 0) <= world.now;
  const after = world.taken();
  let isWithin = true;
  for (const id of started) {
    const keys = keysIn(world, id);
    isWithin &&= after.hasRoom(keys);
    after.take(keys);
  }
  const rules: Record<string, boolean> = {
    'the last step alone takes time': steps.every(({ kind }) => AT_ONCE.has(kind) === (kind !== last?.kind)),
    'no more in flight than workers':
      started.length === 0 || loop.flights.length + started.length <= loop.workers,
    'no key is taken more often than its limit says': isWithin,
    'nothing starts twice': started.every((id) => !held.has(id)) && new Set(started).size === started.length,
    'lines start in their order, those whose window is open first':
      started.join() ===
      [true, false]
        .flatMap((open) => loop.lines.filter(({ operationID }) => isOpen(operationID) === open))
        .map(({ operationID }) => operationID)
        .filter((id) => started.includes(id))
        .join(),
    'nothing takes a slot to sleep while something could begin':
      started.every(isOpen) ||
      loop.lines.every(
        ({ operationID }) =>
          !isOpen(operationID) ||
          started.includes(operationID) ||
          held.has(operationID) ||
          !after.hasRoom(keysIn(world, operationID)),
      ),
    'what starts is due': started.every((id) =>
      world.rows.some((row) => row.id === id && row.dueAt <= world.now + LEAD_MS),
    ),
    'it wakes up for the next windows':
      last?.kind !== 'wait' ||
      loop.isCanceling ||
      loop.nextDueAt === undefined ||
      steps.some((step) => step.kind === 'sleep' && step.until === (loop.nextDueAt ?? 0) - LEAD_MS),
    'nothing starts and nothing is read after a cancel':
      !loop.isCanceling || (started.length === 0 && last?.kind !== 'read'),
    'nothing starts while it is paused, or may be':
      started.length === 0 || (!loop.paused && !loop.isControlUnread),
    'nothing starts before the plan heeds freezes that are known to have changed':
      started.length === 0 || !loop.isBehind,
    'what sleeps for a window that may be gone ends before the plan is gone through':
      !loop.isBehind ||
      last?.kind !== 'read' ||
      world.flights.every(
        (flight) => !world.isAsleep(flight) || flight.releasing || released.includes(flight.row.id),
      ),
    'nothing starts before all of the earlier waves has passed': started.every((id) => {
      const wave = world.rows.find((row) => row.id === id)?.wave ?? 0;
      return world.waves.slice(0, wave).every(({ phase }) => phase === 'passed');
    }),
    'it wakes up when a wave moves on':
      last?.kind !== 'wait' ||
      loop.isCanceling ||
      loop.wave?.until === undefined ||
      steps.some((step) => step.kind === 'sleep' && step.until === loop.wave?.until),
    'what sleeps is released while it is paused':
      !loop.paused ||
      last?.kind !== 'wait' ||
      world.flights.every(
        (flight) =>
          !flight.isStarted ||
          flight.releasing ||
          !world.isAsleep(flight) ||
          released.includes(flight.row.id),
      ),
    'what executes is not released by a pause':
      loop.isCanceling ||
      world.flights.every((flight) => world.isAsleep(flight) || !released.includes(flight.row.id)),
    'only a child that can be spoken to is released, once': released.every((id) => {
      const flight = held.get(id);
      return flight?.isStarted === true && !flight.releasing;
    }),
    'an end leaves nothing in flight': last?.kind !== 'end' || loop.flights.length + started.length === 0,
    'what is done has nothing that waits':
      last?.kind !== 'end' || last.end !== 'done' || world.rows.every(({ state }) => state !== 'waiting'),
    'a long history is not waited with': last?.kind !== 'wait' || !loop.isHistoryLong,
    'it waits for something':
      last?.kind !== 'wait' ||
      loop.isBehind ||
      loop.paused !== undefined ||
      loop.wave?.phase === 'asking' ||
      loop.flights.length + started.length > 0 ||
      steps.some(({ kind }) => kind === 'sleep'),
    'no slot is free while something could start':
      last?.kind !== 'wait' ||
      loop.isCanceling ||
      loop.isBehind ||
      loop.paused !== undefined ||
      loop.flights.length + started.length >= loop.workers ||
      world
        .ready()
        .every(
          ({ id, keys }) => started.includes(id) || held.has(id) || isDue(world) || !after.hasRoom(keys),
        ),
  };
  return Object.entries(rules)
    .filter(([, holds]) => !holds)
    .map(([rule]) => rule);
}

function keysIn({ rows, limits }: LoopWorld, id: string): LimitKeys | undefined {
  return limits && rows.find((row) => row.id === id)?.keys;
}

/** ms since the epoch; 0 for one without a window. */
function beginMs(begin: string | undefined): number {
  return begin === undefined ? 0 : Date.parse(begin);
}

/** The timer for busy runtimes is due, and fires next. */
function isDue({ timerAt, now }: LoopWorld): boolean {
  return timerAt !== undefined && timerAt <= now;
}
