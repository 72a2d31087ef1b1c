import { describe, expect, it } from 'vitest';
import {
  LONGEST_LABEL,
  LONGEST_STACK_NAME,
  OPLAN_LABEL,
} from '../../../../src/domain/stacks/multipart-name.ts';
import { ownerKey, parseOwnerKey } from '../../../../src/domain/stacks/owner-key.ts';
import { actionInput } from '../../../../src/workflows/stacks/message-inputs.ts';

const KEY = {
  installation: 'c0f7c2a0-52a4-4f4e-8c3f-0c8f7d0c1f11',
  stack: '/acme/jack/shop',
  label: 'Database Server',
  name: '/acme/jack/db',
};

describe('an owner key', () => {
  it.each([KEY, { ...KEY, label: '100 % für ärger' }, { ...KEY, label: '' }])(
    'reads back as written',
    (key) => {
      expect(parseOwnerKey(ownerKey(key))).toEqual(key);
    },
  );

  it('fits into the message that carries it, however long its parts are', () => {
    const longest = `/acme/jack/${'x'.repeat(LONGEST_STACK_NAME - '/acme/jack/'.length)}`;
    const startedFor = ownerKey({ ...KEY, stack: longest, label: '𝒜'.repeat(LONGEST_LABEL), name: longest });
    expect(OPLAN_LABEL.test('𝒜'.repeat(LONGEST_LABEL))).toBe(true);
    expect(actionInput().parse({ action: 'START', startedFor })).toMatchObject({ startedFor });
  });

  it('tells installations, stacks, labels and objects apart, wherever a space stands', () => {
    const keys = [
      KEY,
      { ...KEY, installation: 'c0f7c2a0-52a4-4f4e-8c3f-0c8f7d0c1f12' },
      { ...KEY, stack: '/acme/jack/shop2' },
      { ...KEY, label: 'Database' },
      { ...KEY, label: 'Database%20Server' },
      { ...KEY, name: '/acme/jack/db2' },
    ].map(ownerKey);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each(['', 'somebody', '/acme/jack/shop plan /acme/jack/db', 'a b c d e', 'a %E0%A4%A c d'])(
    'is not read out of %j',
    (text) => {
      expect(parseOwnerKey(text)).toBeUndefined();
    },
  );
});
