import { expect, it } from 'vitest';
import {
  folderOf,
  isStackName,
  OPLAN_LABEL,
  stackName,
} from '../../../../src/domain/stacks/multipart-name.ts';
import { stackWorkflowID } from '../../../../src/workflows/contract/stacks.ts';

it.each([
  ['acme', 'jack', 'shop'],
  ['Acme-1', 'jack.joe@example.com', '_shop-2.0'],
  ['...', '@', '-'],
])('the parts %s, %s and %s make a name, with its folders', (container, user, name) => {
  const whole = `/${container}/${user}/${name}`;
  expect(stackName(container, user, name)).toBe(whole);
  expect(isStackName(whole)).toBe(true);
  expect(folderOf(whole)).toEqual({ container: `/${container}/`, folder: `/${container}/${user}/` });
  expect(stackWorkflowID(whole)).toBe(`stack${whole}`);
});

it.each(['', '.', '..', 'a/b', 'a b', 'ä', 'a\n', '%2F', 'a'.repeat(256)])(
  '%j is no part of a name',
  (part) => {
    expect(stackName(part, 'jack', 'shop')).toBeUndefined();
    expect(stackName('acme', part, 'shop')).toBeUndefined();
    expect(stackName('acme', 'jack', part)).toBeUndefined();
    expect(() => folderOf(`/acme/jack/${part}`)).toThrow('must be a name like /container/user/name');
  },
);

it('a name has 256 characters at most', () => {
  expect(stackName('acme', 'jack', 'n'.repeat(245))).toHaveLength(256);
  expect(stackName('acme', 'jack', 'n'.repeat(246))).toBeUndefined();
});

it('a label is a text on one line, with spaces between its words alone', () => {
  const good = [
    'w',
    'web',
    'a.b-c_d@e',
    '..',
    'Database Server',
    'a  b',
    '/a',
    'Über: 部',
    '🚢',
    'l'.repeat(256),
  ];
  for (const label of good) expect(label).toMatch(OPLAN_LABEL);
  const bad = ['', ' ', ' a', 'a ', 'a\tb', 'a\n', 'a\u0000', 'a\u2028b', '\udc00', 'l'.repeat(257)];
  for (const label of bad) expect(label).not.toMatch(OPLAN_LABEL);
});
