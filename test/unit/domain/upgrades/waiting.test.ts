import { describe, expect, it } from 'vitest';
import {
  busyRuntime,
  busyGardener,
  busyProvisioner,
  readBusyGardener,
  readBusyProvisioner,
} from '../../../../src/domain/upgrades/descriptions.ts';
import type { Pause } from '../../../../src/domain/upgrades/rollout-control.ts';
import { minuteOf } from '../../../../src/domain/upgrades/windows.ts';
import { OPERATION_STATES, ORCHESTRATION_STATES } from '../../../../src/domain/upgrades/states.ts';
import {
  WAITING_CODES,
  waitOfAll,
  waitsOfAll,
  waitingForOperation,
  waitingForOrchestration,
  type OperationFacts,
  type OrchestrationFacts,
  type WaitingOperation,
  type WaitingOrchestration,
  type WaitingWave,
} from '../../../../src/domain/upgrades/waiting.ts';
import { describeBusy } from '../../../../src/domain/upgrades/waits-in-plan.ts';

const NOW = '2026-11-28T22:30:00.000000Z';
const NOW_MS = Date.parse(NOW);
const HOLDER = '07089b96-8e31-49a4-96d0-f8288253c804';

const OPEN = {
  windowBegin: '2026-11-28T22:00:00.000000Z',
  latestStart: '2026-11-29T01:45:00.000000Z',
  windowEnd: '2026-11-29T02:00:00.000000Z',
};
const TOMORROW = {
  windowBegin: '2026-11-29T22:00:00.000000Z',
  latestStart: '2026-11-30T01:45:00.000000Z',
  windowEnd: '2026-11-30T02:00:00.000000Z',
};
const DUE_TOMORROW = { dueAt: TOMORROW.windowBegin, description: 'Waits for its window' };
const FROZEN =
  'Waits for the end of the freeze "year-end" (Year-end closing) 2026-11-29T20:00Z, and then for its window 22:00–02:00 UTC of 2026-11-29';
const LIFT = 'an admin can change that with PUT /maintenance-policy';
const IN_CUTOFF = { ...OPEN, latestStart: NOW };
const OVER = {
  ...OPEN,
  latestStart: '2026-11-28T22:10:00.000000Z',
  windowEnd: '2026-11-28T22:10:00.000000Z',
};
const ORIGIN = {
  by: 'by the default of version 4 of the maintenance policy',
  change: 'an admin can change it',
  clockAt: () => '23:00 Europe/Berlin',
};
const BUSY = 'operation o-2 of orchestration o-1';

function anOperation(changes: Partial<WaitingOperation> = {}): WaitingOperation {
  const none = { windowBegin: null, latestStart: null, windowEnd: null, notBefore: null, wave: 0 };
  return { state: 'pending', description: 'Waits for its turn in the plan', ...none, ...changes };
}

function anOrchestration(changes: Partial<WaitingOrchestration> = {}): WaitingOrchestration {
  return {
    state: 'in progress',
    description: 'Scheduled 8 operations',
    plannedCount: 8,
    lookAt: null,
    pauses: [],
    ...changes,
  };
}

const PAUSE: Pause = { code: 'person', by: 'jane', reason: 'errors', since: '2026-11-28T22:00:00.000000Z' };
const EVERYTHING: Pause = { ...PAUSE, code: 'queue', by: 'joe', reason: '' };
const CHARGED: Pause = { ...PAUSE, code: 'budget', by: 'drydock', reason: '3 have failed' };
const CANARY: WaitingWave = {
  ...{ number: 0, name: 'canary', phase: 'running', isUnended: true, soakUntil: null, expiresAt: null },
  ...{ question: null, approval: { notByCreator: false }, looksAgainAt: null, lookWaits: null },
};
const ENDED: WaitingWave = { ...CANARY, isUnended: false };
const LOOKING: WaitingWave = { ...ENDED, phase: 'looking' };
const SOAKING: WaitingWave = { ...ENDED, phase: 'soaking', soakUntil: '2026-11-28T23:00:00.000000Z' };
const ASKING: WaitingWave = {
  ...{ ...ENDED, phase: 'asking', question: 2, expiresAt: '2026-11-29T00:00:00.000000Z' },
  approval: { groups: ['a', 'b'], notByCreator: true },
};

interface OperationCase {
  row?: Partial<WaitingOperation>;
  of?: Partial<WaitingOrchestration>;
  facts?: Partial<OperationFacts>;
}

const waitOf = ({ row, of, facts }: OperationCase) =>
  waitingForOperation(anOperation(row), anOrchestration(of), NOW_MS, { workers: 5, ...facts });

describe('an operation waits', () => {
  it.each<[string, OperationCase, object]>([
    [
      'for the end of a freeze',
      { row: { ...TOMORROW, description: FROZEN } },
      { code: 'freeze', message: `It w${FROZEN.slice(1)}; ${LIFT}`, until: TOMORROW.windowBegin },
    ],
    [
      'for no freeze whose end has come',
      { row: { ...OPEN, description: FROZEN } },
      { code: 'slot', message: 'It can begin, and waits for one of the 5 workers of its orchestration' },
    ],
    [
      'for the turn of its orchestration',
      { of: { state: 'retrying' } },
      { code: 'turn', message: 'Its orchestration waits for its turn' },
    ],
    [
      'for the turn, also when its own window is open',
      { row: OPEN, of: { state: 'retrying' }, facts: { place: { holderID: HOLDER, before: 2 } } },
      {
        code: 'turn',
        message: `Its orchestration waits for its turn: orchestration ${HOLDER} has it, and 2 others are before it`,
        who: `orchestration ${HOLDER}`,
      },
    ],
    [
      'for the rest of the plan',
      { of: { plannedCount: null } },
      {
        code: 'turn',
        message: 'Its orchestration is still being planned, and nothing of it begins before that is done',
      },
    ],
    [
      'for the inventory, without which there is no plan',
      { of: { plannedCount: null, description: 'Waits for the inventory: 503' } },
      {
        code: 'dependency-down',
        message: 'The inventory does not answer: the plan is made by itself when it does',
      },
    ],
    [
      'for a person, whatever its window is',
      { row: TOMORROW, of: { pauses: [PAUSE], wave: CANARY } },
      {
        code: 'paused',
        message:
          'Its orchestration is paused by jane since 2026-11-28T22:00Z: errors; an admin can go on with PUT /orchestrations/{id}/resume',
        who: 'jane',
        then: [
          { code: 'window', message: 'Its window opens 2026-11-29T22:00Z', until: TOMORROW.windowBegin },
        ],
      },
    ],
    [
      'for whoever has paused everything, also before its turn',
      { of: { state: 'retrying', pauses: [EVERYTHING] }, facts: { place: { before: 2 } } },
      {
        code: 'paused',
        message:
          'Its orchestration is paused with everything by joe since 2026-11-28T22:00Z; an admin can go on with PUT /queue/resume',
        who: 'joe',
        then: [{ code: 'turn', message: 'Its orchestration waits for its turn: 2 others are before it' }],
      },
    ],
    [
      'because of its budget',
      { of: { pauses: [CHARGED] } },
      {
        code: 'budget',
        message:
          'Its orchestration is paused since 2026-11-28T22:00Z, because more had failed than its budget permits: 3 have failed; an admin can go on with PUT /orchestrations/{id}/resume',
      },
    ],
    [
      'for nothing any more while its orchestration is being canceled, whatever it waited for',
      { row: { ...TOMORROW, wave: 1 }, of: { state: 'canceling', pauses: [PAUSE], wave: CANARY } },
      { code: 'canceling', message: 'It never begins: its orchestration is being canceled' },
    ],
    [
      'for an earlier wave',
      { row: { wave: 2 }, of: { wave: CANARY } },
      {
        code: 'wave',
        message:
          'It is in a later wave, and wave canary has not ended; then an admin is asked whether the next one may run',
      },
    ],
    [
      'for an earlier wave that soaks',
      { row: { wave: 1 }, of: { wave: SOAKING } },
      {
        code: 'wave',
        message:
          'It is in a later wave: wave canary soaks until 2026-11-28T23:00Z; then an admin is asked whether the next one may run',
        until: SOAKING.soakUntil,
      },
    ],
    [
      'for a slot in the wave that is open, and in an earlier one',
      { row: { wave: 0 }, of: { wave: { ...CANARY, number: 1 } } },
      { code: 'slot', message: 'It can begin, and waits for one of the 5 workers of its orchestration' },
    ],
    [
      'for its window',
      { row: TOMORROW },
      { code: 'window', message: 'Its window opens 2026-11-29T22:00Z', until: TOMORROW.windowBegin },
    ],
    [
      'for its window, by a rule',
      { row: { ...TOMORROW, state: 'retrying' }, facts: { origin: ORIGIN } },
      {
        code: 'window',
        message:
          'Its window opens 2026-11-29T22:00Z (23:00 Europe/Berlin) by the default of version 4 of the maintenance policy; an admin can change it',
        until: TOMORROW.windowBegin,
      },
    ],
    [
      'for another window from its latest start on',
      { row: IN_CUTOFF },
      {
        code: 'cutoff',
        message:
          'Nothing starts in its window any more since 2026-11-28T22:30Z; it goes into its next window when the plan is read again',
      },
    ],
    [
      'for another window, whatever else there is',
      { row: { ...OVER, notBefore: '2026-11-28T22:40:00.000000Z' }, facts: { origin: ORIGIN } },
      {
        code: 'cutoff',
        message:
          'Its window closed 2026-11-28T22:10Z (23:00 Europe/Berlin) by the default of version 4 of the maintenance policy; it goes into its next window when the plan is read again; an admin can change it',
      },
    ],
    [
      'for a runtime that something else holds',
      {
        row: {
          notBefore: '2026-11-28T22:30:08.250000Z',
          description: `Waits: the runtime is held by ${BUSY}`,
        },
      },
      {
        code: 'runtime-busy',
        message: `Its runtime is held by ${BUSY}; it is looked at again 2026-11-28T22:30:08Z`,
        until: '2026-11-28T22:30:08.250000Z',
        who: BUSY,
      },
    ],
    [
      'for another try',
      {
        row: {
          ...OPEN,
          busySince: null,
          notBefore: '2026-11-28T22:31:00.000000Z',
          description: 'Waits with attempt 2 of 3 until 2026-11-28T22:31Z: it broke',
        },
      },
      {
        code: 'retry-backoff',
        message:
          'It waits with attempt 2 of 3 until 2026-11-28T22:31Z: it broke; POST /orchestrations/{id}/retry does not wait',
        until: '2026-11-28T22:31:00.000000Z',
      },
    ],
    [
      'for another try that has got another window meanwhile',
      {
        row: { ...OPEN, busySince: null, notBefore: '2026-11-28T22:31:00.000000Z', description: 'Waits' },
      },
      {
        code: 'retry-backoff',
        message: 'It is tried again 2026-11-28T22:31Z; POST /orchestrations/{id}/retry does not wait',
        until: '2026-11-28T22:31:00.000000Z',
      },
    ],
    [
      'for a runtime that something unknown holds',
      { row: { ...OPEN, notBefore: '2026-11-28T22:31:00.000000Z' } },
      {
        code: 'runtime-busy',
        message: 'Its runtime is held by something else; it is looked at again 2026-11-28T22:31Z',
        until: '2026-11-28T22:31:00.000000Z',
      },
    ],
    [
      'for its window while its runtime is busy, as long as the window opens later',
      { row: { ...TOMORROW, notBefore: '2026-11-28T22:31:00.000000Z' } },
      { code: 'window', message: 'Its window opens 2026-11-29T22:00Z', until: TOMORROW.windowBegin },
    ],
    [
      'for a slot when its runtime may be free again',
      { row: { ...OPEN, notBefore: NOW, description: `Waits: the runtime is held by ${BUSY}` } },
      { code: 'slot', message: 'It can begin, and waits for one of the 5 workers of its orchestration' },
    ],
    [
      'for the only slot',
      { facts: { workers: 1 } },
      { code: 'slot', message: 'It can begin, and waits for the only worker of its orchestration' },
    ],
    [
      'for a slot that another upgrade has',
      { row: OPEN, facts: { workers: 1, executing: 1, holders: [{ operationID: 'o-3', shootName: 'c-3' }] } },
      {
        code: 'slot',
        message: 'It can begin when an upgrade ends: the only worker of its orchestration is taken by c-3',
        who: 'operation o-3',
      },
    ],
    [
      'for one of several slots',
      {
        facts: {
          executing: 5,
          holders: ['c-1', 'c-2', 'c-3'].map((shootName) => ({ operationID: shootName, shootName })),
        },
      },
      {
        code: 'slot',
        message:
          'It can begin when an upgrade ends: all 5 workers of its orchestration are taken by c-1, c-2, c-3 and 2 more',
      },
    ],
    [
      'for nothing that a row knows, with slots left',
      { facts: { executing: 2 } },
      {
        code: 'slot',
        message:
          'It can begin, and is about to: 2 of 5 workers of its orchestration are taken by what executes; if it stays so for minutes, look whether Temporal and the workers run',
      },
    ],
    [
      'for room in its region',
      { facts: { executing: 2, full: { kind: 'region', key: 'eu-1', limit: 2 } } },
      {
        code: 'region-limit',
        message:
          'It can begin when an upgrade in region eu-1 ends: 2 upgrades of it are in progress, as many as the limits of its orchestration allow',
      },
    ],
    [
      'for room of its plan',
      { row: OPEN, facts: { full: { kind: 'plan', key: 'trial', limit: 1 } } },
      {
        code: 'plan-limit',
        message:
          'It can begin when an upgrade in plan trial ends: an upgrade of it is in progress, as many as the limits of its orchestration allow',
      },
    ],
    [
      'for room of its account',
      { facts: { executing: 4, full: { kind: 'account', key: 'a-1', limit: 1 } } },
      {
        code: 'account-limit',
        message:
          'It can begin when an upgrade in global account a-1 ends: an upgrade of it is in progress, as many as the limits of its orchestration allow',
      },
    ],
    [
      'for a slot, with its region full as well',
      { facts: { workers: 2, executing: 2, full: { kind: 'region', key: 'eu-1', limit: 1 } } },
      {
        code: 'slot',
        message: 'It can begin when an upgrade ends: all 2 workers of its orchestration are taken',
      },
    ],
    [
      'in progress for a system that does not answer',
      { row: { state: 'in progress', description: 'Trying again: The Provisioner gave no usable answer' } },
      {
        code: 'dependency-down',
        message:
          'The upgrade goes on by itself when what it needs answers; the last try: The Provisioner gave no usable answer',
      },
    ],
    [
      'in progress for something else that the Provisioner does',
      {
        row: {
          state: 'in progress',
          description:
            'Trying again: The Provisioner is busy with another operation on the runtime (UpgradeShoot, p-9)',
        },
      },
      {
        code: 'runtime-busy',
        message:
          'The Provisioner does something else on the runtime (UpgradeShoot); the upgrade begins by itself when that has ended',
        who: 'operation p-9 of the Provisioner',
      },
    ],
  ])('%s', (_name, given, expected) => {
    expect(waitOf(given)).toEqual(expected);
  });

  const thenOf = (given: OperationCase) => waitOf(given)?.then?.map(({ code, until }) => [code, until]);

  it.each<[string, OperationCase, unknown[] | undefined]>([
    [
      'an earlier wave, and then a freeze',
      {
        row: { ...TOMORROW, description: FROZEN, wave: 1 },
        of: { pauses: [PAUSE], wave: ASKING },
      },
      [
        ['wave', ASKING.expiresAt],
        ['freeze', TOMORROW.windowBegin],
      ],
    ],
    [
      'a busy runtime',
      { row: { notBefore: '2026-11-28T22:31:00.000000Z' }, of: { pauses: [CHARGED] } },
      [['runtime-busy', '2026-11-28T22:31:00.000000Z']],
    ],
    ['its next window', { row: IN_CUTOFF, of: { pauses: [PAUSE] } }, [['cutoff', undefined]]],
    [
      'no room in its region, of which nobody knows how much there is then',
      { of: { pauses: [PAUSE] }, facts: { executing: 1, full: { kind: 'region', key: 'eu-1', limit: 1 } } },
      undefined,
    ],
    [
      'a runtime that somebody else held at the last look',
      {
        row: { notBefore: NOW, busySince: OPEN.windowBegin, updatedAt: OPEN.windowBegin },
        of: { pauses: [PAUSE] },
      },
      [['runtime-busy', undefined]],
    ],
    [
      'a runtime that the Provisioner kept busy at the last look',
      {
        row: { description: 'Its runtime was busy when it was last looked at, 22:05Z: x' },
        of: { pauses: [PAUSE] },
      },
      [['runtime-busy', undefined]],
    ],
    [
      'nothing of a try that has waited',
      { row: { notBefore: NOW, busySince: null }, of: { pauses: [PAUSE] } },
      undefined,
    ],
    ['no worker, likewise', { of: { pauses: [PAUSE] }, facts: { executing: 5, holders: [] } }, undefined],
    ['nothing of another plan', { of: { pauses: [PAUSE], plannedCount: null } }, undefined],
  ])('after a pause for %s', (_name, given, then) => {
    expect(thenOf(given)).toEqual(then);
  });

  it.each<[string, OperationCase, unknown[] | undefined]>([
    [
      'its window',
      { row: { ...TOMORROW, wave: 1 }, of: { wave: CANARY } },
      [['window', TOMORROW.windowBegin]],
    ],
    [
      'another try',
      { row: { busySince: null, notBefore: TOMORROW.windowBegin, wave: 1 }, of: { wave: CANARY } },
      [['retry-backoff', TOMORROW.windowBegin]],
    ],
    [
      'no window that opens while that soaks',
      {
        row: { ...TOMORROW, windowBegin: '2026-11-28T22:45:00.000000Z', wave: 1 },
        of: { wave: SOAKING },
      },
      undefined,
    ],
    [
      'a window that opens after its soak',
      {
        row: { ...TOMORROW, windowBegin: '2026-11-28T23:00:00.001Z', wave: 1 },
        of: { wave: SOAKING },
      },
      [['window', '2026-11-28T23:00:00.001Z']],
    ],
    [
      'nothing that may be over by then',
      { row: { ...IN_CUTOFF, wave: 1 }, of: { wave: CANARY }, facts: { workers: 1, executing: 1 } },
      undefined,
    ],
  ])('after an earlier wave for %s', (_name, given, then) => {
    expect(waitOf(given)).toMatchObject({ code: 'wave' });
    expect(thenOf(given)).toEqual(then);
  });

  it('says while it is paused what kept its runtime busy, and when that was seen, as nobody looks meanwhile', () => {
    const lookedAt = '2026-11-28T22:05:00.000000Z';
    const then = (row: Partial<WaitingOperation>) => waitOf({ row, of: { pauses: [PAUSE] } })?.then;
    const held = { notBefore: NOW, busySince: OPEN.windowBegin, updatedAt: lookedAt };
    expect(then({ ...held, description: `Waits: the runtime is held by ${BUSY}` })).toEqual([
      {
        code: 'runtime-busy',
        message: `Its runtime was held by ${BUSY} when it was last looked at, 2026-11-28T22:05Z`,
        who: BUSY,
      },
    ]);
    expect(then({ ...held, updatedAt: undefined })?.[0]?.message).toBe(
      'Its runtime was held by something else',
    );
    const said = (words: string) => describeBusy({ description: `Trying again: ${words}` }, lookedAt);
    const begin = 'Its runtime was busy when it was last looked at, 2026-11-28T22:05Z: ';
    const provisioner = said(busyProvisioner({ kind: 'Hibernate', id: 'p-9' })) ?? '';
    expect(provisioner).toBe(`${begin}the Provisioner did something else on it (Hibernate, operation p-9)`);
    expect(then({ description: provisioner })).toEqual([{ code: 'runtime-busy', message: provisioner }]);
    expect(said(busyGardener('Reconcile, Processing'))).toBe(
      `${begin}Gardener did something else on its Shoot (Reconcile, Processing)`,
    );
    expect(said(busyRuntime('a change of its specification'))).toBe(`${begin}a change of its specification`);
    expect(said('The Provisioner does not answer')).toBeUndefined();
    expect(describeBusy({ description: 'Upgrade under way' }, lookedAt)).toBeUndefined();
    // After the resume it can begin, whatever was seen before.
    expect(waitOf({ row: { description: provisioner } })?.code).toBe('slot');
  });

  it('says of a wave at its gate that it has ended, and who is asked after a resume', () => {
    const gate: WaitingWave = { ...ASKING, phase: 'gate', expiresAt: null };
    const messageOf = (pauses: Pause[], changes: Partial<WaitingWave> = {}) => {
      const told = waitOf({ row: { wave: 1 }, of: { pauses, wave: { ...gate, ...changes } } });
      return (told?.then?.[0] ?? told)?.message;
    };
    const asked = 'members of a or b are asked whether the next one may run';
    const retried = 'wave canary has operations that are tried again';
    expect([messageOf([PAUSE]), messageOf([]), messageOf([PAUSE], { approval: null })]).toEqual([
      `It is in a later wave: wave canary has ended, and ${asked}`,
      `It is in a later wave, and wave canary has ended; then ${asked}`,
      'It is in a later wave, and wave canary has ended',
    ]);
    expect([messageOf([PAUSE], { isUnended: true }), messageOf([], { isUnended: true })]).toEqual([
      `It is in a later wave: ${retried}, and ${asked}`,
      `It is in a later wave, and ${retried}; then ${asked}`,
    ]);
  });

  it('does not say that a wave has ended of which something is tried again', () => {
    const messageOf = (wave: WaitingWave) =>
      orchestrationWait({ wave: { ...wave, isUnended: true } })?.message;
    const retried = 'Wave canary has operations that are tried again';
    expect(messageOf(ASKING)).toBe(
      `${retried}, and question 2 is whether the next one may run; members of a or b can answer it with POST /orchestrations/{id}/approvals/2`,
    );
    expect(messageOf(LOOKING)).toBe(`${retried}, and its runtimes are looked at`);
  });

  it('in progress without anything sent, for a resume first, and for nothing that could end once it is canceled', () => {
    const said = 'The Provisioner is busy with another operation on the runtime (Hibernate, p-9)';
    const unsent = { baselineOperationID: null, provisionerOperationID: null, upgradedAt: null };
    const busy: Partial<WaitingOperation> = {
      ...unsent,
      state: 'in progress',
      description: `Trying again: ${said}`,
    };
    const wait = (row: Partial<WaitingOperation>, of: Partial<WaitingOrchestration>) => {
      const { code, then } = waitOf({ row: { ...busy, ...row }, of }) ?? {};
      return [code, then?.map((one) => one.code)];
    };
    expect(wait({}, {})).toEqual(['runtime-busy', undefined]);
    expect(wait({}, { pauses: [PAUSE] })).toEqual(['paused', ['runtime-busy']]);
    expect(wait({ description: 'Upgrade under way' }, { pauses: [PAUSE] })).toEqual(['paused', undefined]);
    expect(waitOf({ row: busy, of: { state: 'canceling', pauses: [PAUSE] } })).toEqual({
      code: 'canceling',
      message: 'It is not upgraded: its orchestration is being canceled, and nothing was sent',
    });
    // An operation that may have been sent finishes, and so does one that had the version and is checked.
    for (const row of [{ baselineOperationID: '' }, { provisionerOperationID: 'p-1' }, { upgradedAt: NOW }]) {
      expect(wait(row, { state: 'canceling' })).toEqual(['runtime-busy', undefined]);
      expect(wait(row, { pauses: [PAUSE] })).toEqual(['runtime-busy', undefined]);
    }
    for (const state of ['pending', 'retrying', 'canceled', 'succeeded', 'failed'] as const)
      expect(wait({}, { state })).toEqual(['runtime-busy', undefined]);
  });

  it('for nothing when it goes on, has ended, or begins no more', () => {
    const states = OPERATION_STATES.filter((state) => state !== 'pending' && state !== 'retrying');
    for (const state of states) expect(waitOf({ row: { ...TOMORROW, state } })).toBeUndefined();
    for (const state of ['canceled', 'succeeded', 'failed'] as const) {
      expect(waitOf({ row: TOMORROW, of: { state } })).toBeUndefined();
    }
    // An end may quote anything.
    expect(waitOf({ row: { state: 'failed', description: 'Trying again: x' } })).toBeUndefined();
  });

  it('for its window up to the instant at which that opens, and from its latest start on for another one', () => {
    const codeAt = (time: string, before = 0) =>
      waitingForOperation(anOperation(OPEN), anOrchestration(), Date.parse(time) - before, { workers: 5 })
        ?.code;
    expect(codeAt(OPEN.windowBegin, 1)).toBe('window');
    expect(codeAt(OPEN.windowBegin)).toBe('slot');
    expect(codeAt(OPEN.latestStart, 1)).toBe('slot');
    expect(codeAt(OPEN.latestStart)).toBe('cutoff');
  });
});

const orchestrationWait = (row: Partial<WaitingOrchestration>, facts: Partial<OrchestrationFacts> = {}) =>
  waitingForOrchestration(anOrchestration(row), NOW_MS, { executing: 0, waiting: 8, ...facts });

describe('an orchestration waits', () => {
  it.each<[string, Partial<WaitingOrchestration>, Partial<OrchestrationFacts>, object]>([
    ['for its turn', { state: 'pending' }, {}, { code: 'turn', message: 'It waits for its turn' }],
    [
      'as the next one',
      { state: 'retrying' },
      { place: { holderID: HOLDER, before: 0 } },
      {
        code: 'turn',
        message: `It waits for its turn: orchestration ${HOLDER} has it, and nobody else is before it`,
        who: `orchestration ${HOLDER}`,
      },
    ],
    [
      'behind another one, when nobody knows who has the turn',
      { state: 'pending' },
      { place: { before: 1 } },
      { code: 'turn', message: 'It waits for its turn: 1 other is before it' },
    ],
    [
      'in the lane that it asked for',
      { state: 'pending' },
      { place: { lane: 'urgent', holderID: HOLDER, before: 0 } },
      {
        code: 'turn',
        message: `It waits for its turn in the lane urgent: orchestration ${HOLDER} has it, and nobody else is before it`,
        who: `orchestration ${HOLDER}`,
      },
    ],
    [
      'for whoever has paused everything, whatever else is the matter',
      { pauses: [CHARGED, EVERYTHING], wave: ASKING },
      {},
      {
        code: 'paused',
        message:
          'It is paused since 2026-11-28T22:00Z, because more had failed than its budget permits: 3 have failed; paused with everything by joe since 2026-11-28T22:00Z; an admin can go on with PUT /queue/resume and PUT /orchestrations/{id}/resume',
        who: 'joe',
        then: [
          {
            code: 'approval',
            message:
              'Wave canary has ended, and question 2 is whether the next one may run; members of a or b can answer it with POST /orchestrations/{id}/approvals/2',
            who: 'members of a or b',
            until: ASKING.expiresAt,
          },
        ],
      },
    ],
    [
      'for the end of the pause of everything before it is begun',
      { state: 'pending', lookAt: '2026-11-28T22:00:00.000000Z', pauses: [EVERYTHING] },
      {},
      {
        code: 'paused',
        message:
          'It is paused with everything by joe since 2026-11-28T22:00Z; an admin can go on with PUT /queue/resume',
        who: 'joe',
        then: [{ code: 'turn', message: 'It waits for its turn' }],
      },
    ],
    [
      'far behind',
      { state: 'pending' },
      { place: { before: 'many' } },
      { code: 'turn', message: 'It waits for its turn: 1,000 others or more are before it' },
    ],
    [
      'for its turn, in the first moments before it is begun',
      { state: 'pending', lookAt: '2026-11-28T22:29:51.000000Z' },
      {},
      { code: 'turn', message: 'It waits for its turn' },
    ],
    [
      'for the engine, when it was not begun',
      { state: 'pending', lookAt: '2026-11-28T22:00:00.000000Z' },
      { place: { before: 3 } },
      {
        code: 'dependency-down',
        message:
          'Temporal or its workers have not begun it since 2026-11-28T22:00Z: it begins by itself when they answer',
      },
    ],
    [
      'for the inventory',
      { plannedCount: null, description: 'Waits for the inventory: 503' },
      {},
      {
        code: 'dependency-down',
        message: 'The inventory does not answer: the plan is made by itself when it does',
      },
    ],
    [
      'for a person, also between waves',
      { pauses: [PAUSE, CHARGED], wave: { ...ENDED, phase: 'gate' } },
      {},
      {
        code: 'budget',
        message:
          'It is paused by jane since 2026-11-28T22:00Z: errors; paused since 2026-11-28T22:00Z, because more had failed than its budget permits: 3 have failed; an admin can go on with PUT /orchestrations/{id}/resume',
        who: 'jane',
        then: [
          {
            code: 'approval',
            message: 'Wave canary has ended, and an admin is asked whether the next one may run',
            who: 'an admin',
          },
        ],
      },
    ],
    [
      'for a wave that soaks',
      { wave: SOAKING },
      {},
      { code: 'soak', message: 'Wave canary soaks until 2026-11-28T23:00Z', until: SOAKING.soakUntil },
    ],
    [
      'for a look at a wave',
      { wave: LOOKING },
      {},
      { code: 'soak', message: 'Wave canary has ended, and its runtimes are looked at' },
    ],
    [
      'for runtimes of which the look could not tell',
      {
        wave: {
          ...{ ...LOOKING, looksAgainAt: '2026-11-28T23:00:00.000000Z' },
          lookWaits: '1 runtime is read again: c-1 (A is Progressing)',
        },
      },
      {},
      {
        code: 'soak',
        message:
          'Wave canary has ended, and its runtimes are looked at: 1 runtime is read again: c-1 (A is Progressing)',
        until: '2026-11-28T23:00:00.000000Z',
      },
    ],
    [
      'for an inventory that answers no look',
      {
        wave: {
          ...{ ...LOOKING, looksAgainAt: '2026-11-28T21:00:00.000000Z' },
          lookWaits: "Waits for the inventory: c-1 can't be read (it is away)",
        },
      },
      {},
      {
        code: 'dependency-down',
        message:
          "Wave canary has ended, and its runtimes are looked at: waits for the inventory: c-1 can't be read (it is away)",
      },
    ],
    [
      'for an answer',
      { wave: ASKING },
      {},
      {
        code: 'approval',
        message:
          'Wave canary has ended, and question 2 is whether the next one may run; members of a or b can answer it with POST /orchestrations/{id}/approvals/2',
        who: 'members of a or b',
        until: ASKING.expiresAt,
      },
    ],
    [
      'for windows',
      {},
      { firstDue: DUE_TOMORROW },
      {
        code: 'window',
        message: 'Nothing can begin before the next window opens 2026-11-29T22:00Z',
        until: TOMORROW.windowBegin,
      },
    ],
    [
      'for the end of a freeze',
      {},
      { firstDue: { ...DUE_TOMORROW, description: FROZEN } },
      {
        code: 'freeze',
        message: `Nothing can begin before 2026-11-29T22:00Z: the first of what waits w${FROZEN.slice(1)}; ${LIFT}`,
        until: TOMORROW.windowBegin,
      },
    ],
  ])('%s', (_name, row, facts, expected) => {
    expect(orchestrationWait(row, facts)).toEqual(expected);
  });

  it('for nothing while something executes or can begin, while it is planned or canceled, and after its end', () => {
    expect(orchestrationWait({ pauses: [PAUSE] }, { executing: 1 })).toBeUndefined();
    expect(orchestrationWait({ pauses: [PAUSE] }, { waiting: 0 })).toBeUndefined();
    expect(orchestrationWait({ wave: SOAKING }, { executing: 1 })).toBeUndefined();
    expect(orchestrationWait({}, { executing: 1, firstDue: DUE_TOMORROW })).toBeUndefined();
    expect(orchestrationWait({}, { firstDue: { ...DUE_TOMORROW, dueAt: NOW } })).toBeUndefined();
    expect(orchestrationWait({})).toBeUndefined();
    expect(orchestrationWait({ plannedCount: null })).toBeUndefined();
    // Once there is a plan, the inventory is not needed any more.
    expect(orchestrationWait({ description: 'Waits for the inventory: 503' })).toBeUndefined();
    const others = ORCHESTRATION_STATES.filter(
      (state) => !['pending', 'retrying', 'in progress'].includes(state),
    );
    for (const state of others)
      expect(orchestrationWait({ state, lookAt: OPEN.windowBegin })).toBeUndefined();
  });
});

it('shows times to the minute, or to the second where that counts', () => {
  expect(minuteOf('2026-11-28T22:00:00.000000Z')).toBe('2026-11-28T22:00Z');
  expect(minuteOf('2026-11-28T22:00:01.900000Z')).toBe('2026-11-28T22:00:01Z');
});

it('knows from the words of the Provisioner that it is busy, as they were written', () => {
  const other = { kind: 'Upgrade (again, twice)', id: 'o-1' };
  expect(readBusyProvisioner(busyProvisioner(other))).toEqual(other);
  expect(readBusyProvisioner('The Provisioner does not answer')).toBeUndefined();
});

it('knows likewise what Gardener does for others', () => {
  const what = 'Reconcile, Processing (again)';
  expect(readBusyGardener(busyGardener(what))).toBe(what);
  expect(readBusyGardener('The Gardener API answered 503')).toBeUndefined();
  const description = `Trying again: ${busyGardener(what)}`;
  const wait = waitOf({ row: { state: 'in progress', description } });
  expect(wait).toMatchObject({ code: 'runtime-busy', who: 'Gardener' });
});

it('has no code twice', () => {
  expect(new Set(WAITING_CODES).size).toBe(WAITING_CODES.length);
});

describe('what all of an orchestration wait for', () => {
  const unplanned = { plannedCount: null };
  it.each<[Partial<WaitingOrchestration>, ReturnType<typeof waitOfAll>]>([
    [{ state: 'pending' }, 'turn'],
    [{ state: 'retrying', pauses: [PAUSE] }, 'turn'],
    [{ state: 'pending', pauses: [EVERYTHING] }, 'paused'],
    [unplanned, 'turn'],
    [{ ...unplanned, description: 'Waits for the inventory: no answer' }, 'dependency-down'],
    [{ pauses: [PAUSE] }, 'paused'],
    [{ pauses: [CHARGED] }, 'budget'],
    [{}, 'by row'],
    [{ wave: CANARY }, 'by row'],
    [{ state: 'canceling', pauses: [PAUSE], wave: CANARY }, 'canceling'],
    [{ state: 'canceled' }, undefined],
    [{ state: 'succeeded' }, undefined],
    [{ state: 'failed' }, undefined],
  ])('of one with %o is %s, as each of them says', (changes, code) => {
    const orchestration = anOrchestration(changes);
    expect(waitOfAll(orchestration)).toBe(code);
    const { codes, isByRow } = waitsOfAll(orchestration);
    expect(codes[0] ?? (isByRow ? 'by row' : undefined)).toBe(code);
    if (code === 'by row') return;
    for (const operation of [anOperation(), anOperation({ ...OPEN, wave: 1, state: 'retrying' })]) {
      const told = waitingForOperation(operation, orchestration, NOW_MS, { workers: 1 });
      expect(told?.code).toBe(code);
      if (!isByRow) expect((told?.then ?? []).map((wait) => wait.code)).toEqual(codes.slice(1));
    }
    // The rest stands in their rows.
    const later = waitingForOperation(anOperation(TOMORROW), orchestration, NOW_MS, { workers: 1 });
    if (isByRow) expect((later?.then ?? []).map((wait) => wait.code)).toEqual(['window']);
  });
});
