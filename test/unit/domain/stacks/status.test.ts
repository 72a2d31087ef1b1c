import { describe, expect, it } from 'vitest';
import {
  EXTENDED_IN,
  INSTANCES_CHANGED_IN,
  isTransitional,
  mayEnterStackStatus,
  OBJECT_CONDITIONS,
  oplanStatus,
  REDEFINED_IN,
  refusalOf,
  settledStatus,
  STACK_REQUESTS,
  STACK_STATUSES,
  type ObjectCondition,
  type ObjectStanding,
  type StackRequest,
  type StackStatus,
  type TransitionalStatus,
} from '../../../../src/domain/stacks/statuses.ts';
import type { ObjectType } from '../../../../src/domain/stacks/definition.ts';

/** Refusals by status and request; an empty cell is a request that is permitted. */
const START = 'START needs the status stopped or error';
const STOP = 'STOP needs the status ready, error, shut_down, warning, scheduled or starting';
const SHUTDOWN = 'SHUTDOWN needs the status ready or warning';
const RESTART = 'RESTART needs the status shut_down or error';
const DELETE = 'DELETE needs the status stopped';

const WAIT = 'wait until that has ended';
const REQUESTS: Record<StackStatus, { advice: string; row: [StackRequest, string][] }> = {
  stopped: {
    advice: 'START or DELETE would be accepted now',
    row: [
      ['START', ''],
      ['STOP', STOP],
      ['SHUTDOWN', SHUTDOWN],
      ['RESTART', RESTART],
      ['DELETE', ''],
    ],
  },
  scheduled: {
    advice: 'STOP would be accepted now',
    row: [
      ['START', START],
      ['STOP', ''],
      ['SHUTDOWN', SHUTDOWN],
      ['RESTART', RESTART],
      ['DELETE', DELETE],
    ],
  },
  starting: {
    advice: 'wait until it has started, or send STOP',
    row: [
      ['START', START],
      ['STOP', ''],
      ['SHUTDOWN', SHUTDOWN],
      ['RESTART', RESTART],
      ['DELETE', DELETE],
    ],
  },
  ready: {
    advice: 'STOP or SHUTDOWN would be accepted now',
    row: [
      ['START', START],
      ['STOP', ''],
      ['SHUTDOWN', ''],
      ['RESTART', RESTART],
      ['DELETE', DELETE],
    ],
  },
  shutting_down: {
    advice: WAIT,
    row: [
      ['START', START],
      ['STOP', STOP],
      ['SHUTDOWN', SHUTDOWN],
      ['RESTART', RESTART],
      ['DELETE', DELETE],
    ],
  },
  shut_down: {
    advice: 'STOP or RESTART would be accepted now',
    row: [
      ['START', START],
      ['STOP', ''],
      ['SHUTDOWN', SHUTDOWN],
      ['RESTART', ''],
      ['DELETE', DELETE],
    ],
  },
  restarting: {
    advice: WAIT,
    row: [
      ['START', START],
      ['STOP', STOP],
      ['SHUTDOWN', SHUTDOWN],
      ['RESTART', RESTART],
      ['DELETE', DELETE],
    ],
  },
  stopping: {
    advice: WAIT,
    row: [
      ['START', START],
      ['STOP', STOP],
      ['SHUTDOWN', SHUTDOWN],
      ['RESTART', RESTART],
      ['DELETE', DELETE],
    ],
  },
  error: {
    advice: 'START, STOP or RESTART would be accepted now',
    row: [
      ['START', ''],
      ['STOP', ''],
      ['SHUTDOWN', SHUTDOWN],
      ['RESTART', ''],
      ['DELETE', DELETE],
    ],
  },
  warning: {
    advice: 'STOP or SHUTDOWN would be accepted now',
    row: [
      ['START', START],
      ['STOP', ''],
      ['SHUTDOWN', ''],
      ['RESTART', RESTART],
      ['DELETE', DELETE],
    ],
  },
};

const CELLS = Object.entries(REQUESTS).flatMap(([status, { advice, row }]) =>
  row.map(([request, needs]): [StackStatus, StackRequest, string, string] => [
    status as StackStatus,
    request,
    needs === '' ? 'permitted' : 'refused',
    needs === '' ? '' : `${needs}, and the orchestration is ${status}; ${advice}`,
  ]),
);

describe('requests', () => {
  it('stand in the table with every status', () => {
    expect(CELLS.map(([status, request]) => `${status} ${request}`)).toEqual(
      STACK_STATUSES.flatMap((status) => STACK_REQUESTS.map((request) => `${status} ${request}`)),
    );
  });

  it.each(CELLS)('A69, A74, A88, A89, A90, A91: while %s, %s is %s', (status, request, _, refusal) => {
    expect(refusalOf(request, status) ?? '').toBe(refusal);
  });
});

/** From each status, all that may follow. */
const FOLLOWERS: Record<StackStatus, StackStatus[]> = {
  stopped: ['scheduled', 'starting'],
  scheduled: ['stopped', 'starting'],
  starting: ['ready', 'shut_down', 'stopping', 'error', 'warning'],
  ready: ['starting', 'shutting_down', 'shut_down', 'stopping', 'warning'],
  shutting_down: ['ready', 'shut_down', 'warning'],
  shut_down: ['starting', 'ready', 'restarting', 'stopping', 'warning'],
  restarting: ['ready', 'error', 'warning'],
  stopping: ['stopped', 'error'],
  error: ['starting', 'ready', 'shut_down', 'restarting', 'stopping', 'warning'],
  warning: ['starting', 'ready', 'shutting_down', 'shut_down', 'stopping'],
};

describe('statuses', () => {
  it.each(STACK_STATUSES)('A78: what may follow on %s', (from) => {
    expect(STACK_STATUSES.filter((to) => mayEnterStackStatus(from, to))).toEqual(FOLLOWERS[from]);
  });

  it('A87: are transitional or terminal, or wait for a time', () => {
    expect(STACK_STATUSES.filter(isTransitional)).toEqual([
      'starting',
      'shutting_down',
      'restarting',
      'stopping',
    ]);
  });

  it('permit a change of the definition or of single instances only while nothing is in progress', () => {
    expect(REDEFINED_IN).toEqual(['stopped', 'scheduled']);
    expect(EXTENDED_IN).toEqual(['ready', 'warning', 'shut_down', 'error']);
    expect(INSTANCES_CHANGED_IN).toEqual(['ready', 'warning', 'shut_down', 'error']);
  });
});

const object = (
  objType: ObjectType,
  condition: ObjectCondition,
  error: string | null = null,
): ObjectStanding => ({
  objType,
  condition,
  error,
});
const instance = (condition: ObjectCondition, error?: string): ObjectStanding =>
  object('launchplan', condition, error);
const disk = (condition: ObjectCondition, error?: string): ObjectStanding =>
  object('storage/volume', condition, error);
const nested = (condition: ObjectCondition): ObjectStanding => object('orchestration', condition);

describe('the status after an operation', () => {
  it.each<[string, TransitionalStatus | undefined, ObjectStanding[], StackStatus]>([
    ['A80: all runs after a start', 'starting', [disk('available'), instance('running')], 'ready'],
    ['A80: all runs after a restart', 'restarting', [instance('running'), instance('running')], 'ready'],
    ['A80: nothing to run was started', 'starting', [disk('available')], 'ready'],
    ['A80: a nested stack runs', 'starting', [nested('running')], 'ready'],
    ['A81: all were shut down', 'shutting_down', [disk('available'), instance('shutdown')], 'shut_down'],
    ['A81: nothing to shut down', 'shutting_down', [disk('available')], 'shut_down'],
    [
      'A82: the last one was shut down by itself',
      undefined,
      [instance('shutdown'), nested('shutdown')],
      'shut_down',
    ],
    ['A83: nothing exists any more', 'stopping', [disk('absent'), instance('absent')], 'stopped'],
    ['A84: a start failed', 'starting', [disk('failed', 'no room'), instance('absent')], 'error'],
    ['A84: a restart failed', 'restarting', [instance('running'), instance('stopped', 'no answer')], 'error'],
    ['A84: something could not be destroyed', 'stopping', [disk('available', 'in use')], 'error'],
    [
      'A85: one was shut down by a command',
      undefined,
      [instance('running'), instance('shutdown')],
      'warning',
    ],
    ['A86: one ended by itself', undefined, [instance('running'), instance('stopped', 'ended')], 'warning'],
    ['A86: all ended by themselves', undefined, [instance('stopped'), instance('stopped')], 'warning'],
    [
      'A86: one would not shut down',
      'shutting_down',
      [instance('running', 'busy'), instance('shutdown')],
      'warning',
    ],
    ['A86: a nested stack does not run', undefined, [instance('running'), nested('stopped')], 'warning'],
    [
      'one was shut down during the start',
      'starting',
      [instance('running'), instance('shutdown')],
      'warning',
    ],
    ['all came back', undefined, [instance('running'), instance('running')], 'ready'],
  ])('%s', (_, after, objects, status) => {
    expect(settledStatus(after, objects)).toBe(status);
  });
});

it('A80, A86: after a SHUTDOWN that instances refuse, the stack and its plan have the same status', () => {
  const conditions = ['running', 'shutdown', 'stopped'] as const;
  for (const one of conditions) {
    for (const other of conditions) {
      const objects = [instance(one, 'busy'), instance(other)];
      expect(oplanStatus(objects)).toBe(settledStatus('shutting_down', objects));
    }
  }
});

describe('the status of an oplan', () => {
  it.each<[string, ObjectStanding[], StackStatus]>([
    ['nothing exists', [disk('absent'), disk('absent')], 'stopped'],
    ['one is being created', [disk('available'), disk('creating')], 'starting'],
    ['one waits for its turn', [disk('available'), disk('absent')], 'starting'],
    ['A80: everything exists', [disk('available'), disk('available')], 'ready'],
    ['A80: all instances run', [instance('running')], 'ready'],
    ['one is being shut down', [instance('shutdown'), instance('shutting_down')], 'shutting_down'],
    ['A81: all are shut down', [instance('shutdown'), instance('shutdown')], 'shut_down'],
    ['one starts again', [instance('shutdown'), instance('starting')], 'restarting'],
    ['one is being destroyed, whatever else happens', [disk('creating'), disk('destroying')], 'stopping'],
    ['A84: one failed', [disk('available'), disk('failed', 'no room')], 'error'],
    ['A84: one failed and others wait', [disk('absent'), disk('absent', 'no room')], 'error'],
    ['A84: one failed while others go on', [disk('failed', 'no room'), disk('creating')], 'starting'],
    ['A85: one is shut down', [instance('running'), instance('shutdown')], 'warning'],
    ['A86: one ended by itself', [instance('running'), instance('stopped', 'ended')], 'warning'],
    ['A80: none would shut down', [instance('running', 'busy'), instance('running', 'busy')], 'ready'],
    ['A86: one would not shut down', [instance('running', 'busy'), instance('shutdown')], 'warning'],
    ['A84: one runs, and one was not created', [instance('running'), instance('failed', 'no')], 'error'],
  ])('%s', (_, objects, status) => {
    expect(oplanStatus(objects)).toBe(status);
  });

  it('is one of the known ones for every pair of conditions', () => {
    for (const one of OBJECT_CONDITIONS) {
      for (const other of OBJECT_CONDITIONS) {
        expect(STACK_STATUSES).toContain(oplanStatus([instance(one), instance(other, 'reason')]));
      }
    }
  });
});
