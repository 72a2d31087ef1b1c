import { describe, expect, it } from 'vitest';
import {
  addedAndRemoved,
  changeRefusal,
  isUnchanged,
} from '../../../../src/domain/stacks/definition-change.ts';
import { planOf } from '../../../../src/domain/stacks/prepared-plan.ts';
import { STACK_STATUSES, type StackStatus } from '../../../../src/domain/stacks/statuses.ts';
import type { StackPlan } from '../../../../src/domain/stacks/definition.ts';
import { accepted, aDefinition, disks, related, web } from './definitions.ts';

const STOP_FIRST =
  ': only ha_policy can, and whole oplans can be added or removed; send STOP first, and this definition again when it is stopped';
const plan = (overrides: Record<string, unknown> = {}): StackPlan => planOf(accepted(aDefinition(overrides)));
/** The web server uses the disk by its name, without a stated relationship. */
const attached = { storage_attachments: [{ index: 1, volume: '/acme/jack/disk' }] };
const stated = { relationships: related(['web', 'disks']) };
const net = { label: 'net', obj_type: 'vnet', objects: [{ name: '/acme/jack/net' }] };
const before = plan(stated);

/** Each change, and what must not be changed according to the refusal; undefined for a change that is permitted. */
const CHANGES: [string, StackPlan, string | undefined][] = [
  ['nothing', plan(stated), undefined],
  ['a policy', plan({ ...stated, oplans: [disks(), { ...web(), ha_policy: 'active' }] }), undefined],
  ['one more oplan', plan({ ...stated, oplans: [disks(), web(), net] }), undefined],
  [
    'one more oplan, related to those that stay',
    plan({ relationships: related(['web', 'disks'], ['web', 'net']), oplans: [disks(), web(), net] }),
    undefined,
  ],
  ['one oplan less', plan({ oplans: [web()] }), undefined],
  [
    'one oplan for another',
    plan({ relationships: related(['web', 'net']), oplans: [net, web()] }),
    undefined,
  ],
  ['the order of oplans', plan({ ...stated, oplans: [web(), disks()] }), undefined],
  ['the description', plan({ ...stated, description: 'other' }), 'description or account'],
  ['the account', plan({ ...stated, account: 'other' }), 'description or account'],
  ['the schedule', plan({ ...stated, schedule: { stop_time: '2030-01-31T08:00:00Z' } }), 'schedule'],
  ['an object', plan({ ...stated, oplans: [disks(), web({ shape: 'oc4' })] }), 'objects of oplan web'],
  [
    'which objects there are',
    plan({ ...stated, oplans: [disks({ objects: [{ name: '/acme/jack/other' }] }), web()] }),
    'objects of oplan disks',
  ],
  ['a type', plan({ ...stated, oplans: [disks({ obj_type: 'vnet' }), web()] }), 'obj_type of oplan disks'],
  ['a relationship that goes', plan(), 'relationships between oplans that stay'],
  [
    'a relationship the other way round',
    plan({ relationships: related(['disks', 'web']) }),
    'relationships between oplans that stay',
  ],
  [
    'everything',
    plan({
      description: 'x',
      schedule: { start_time: '2030-01-31T08:00:00Z' },
      oplans: [disks(), web({ label: 'x' })],
    }),
    'description or account, schedule, objects of oplan web and relationships between oplans that stay',
  ],
];

describe('a new definition', () => {
  it.each(CHANGES)('changing %s is welcome while nothing of the stack exists', (_, to) => {
    for (const status of ['stopped', 'scheduled'] as const) {
      expect(changeRefusal(before, to, status)).toBeUndefined();
    }
  });

  it.each(CHANGES)('changing %s while the stack exists', (_, to, field) => {
    for (const status of ['ready', 'warning', 'shut_down', 'error'] as const) {
      expect(changeRefusal(before, to, status)).toBe(
        field && `${field} cannot be changed while the orchestration is ${status}${STOP_FIRST}`,
      );
    }
  });

  it('cannot remove what an oplan that stays refers to while the stack exists', () => {
    const [using, without] = [plan({ oplans: [disks(), web(attached)] }), plan({ oplans: [web(attached)] })];
    for (const status of ['ready', 'warning', 'shut_down', 'error'] as const) {
      expect(changeRefusal(using, without, status)).toBe(
        'oplan disks cannot be removed: the objects of oplan web refer to its objects; send STOP first, and this definition again when it is stopped',
      );
    }
    expect(changeRefusal(using, without, 'stopped')).toBeUndefined();
  });

  it('can remove what is referred to together with all that refer to it', () => {
    const using = plan({ oplans: [disks(), web(attached), net] });
    expect(changeRefusal(using, plan({ oplans: [net] }), 'ready')).toBeUndefined();
    expect(changeRefusal(using, plan({ oplans: [disks(), net] }), 'ready')).toBeUndefined();
  });

  it.each<[StackStatus, string]>([
    ['starting', 'wait until it has started, or send STOP'],
    ['stopping', 'wait until that has ended'],
    ['shutting_down', 'wait until that has ended'],
    ['restarting', 'wait until that has ended'],
  ])('has to wait while the stack is %s', (status, advice) => {
    const to = plan({ ...stated, oplans: [disks(), web(), net] });
    expect(changeRefusal(before, to, status)).toBe(
      `The definition cannot be changed while the orchestration is ${status}; ${advice}`,
    );
  });

  it('is always welcome when it says what the old one says', () => {
    for (const status of STACK_STATUSES) expect(changeRefusal(before, plan(stated), status)).toBeUndefined();
    expect(CHANGES.filter(([, to]) => isUnchanged(before, to)).map(([name]) => name)).toEqual(['nothing']);
  });

  it('adds and removes whole plans', () => {
    const to = plan({ oplans: [net, web()] });
    const { added, removed } = addedAndRemoved(before, to);
    expect(added).toEqual([to.oplans[0]]);
    expect(removed).toEqual([before.oplans[0]]);
    expect(addedAndRemoved(before, before)).toEqual({ added: [], removed: [] });
  });
});
