import { expect, it } from 'vitest';
import { isTooFarBehind } from '../../../../src/domain/upgrades/kubernetes-skew.ts';

it.each([
  ['the same version', '1.32.6', '1.32.6', false],
  ['the next minor version', '1.32.6', '1.33.0', false],
  ['the one after the next', '1.32.6', '1.34.0', true],
  ['one that is older', '1.34.1', '1.32.6', false],
  ['one without a patch', '1.32', '1.34', true],
  ['the next major version', '1.32.6', '2.0.0', true],
  ['a minor version of an older major version', '2.0.0', '1.33.0', false],
  ['one that cannot be read', '1.32.6', 'latest', false],
  ['any from one that cannot be read', 'unknown', '1.34.0', false],
  ['none', '1.32.6', undefined, false],
])('the way to %s: from %s to %s', (_, version, wanted, isTooFar) => {
  expect(isTooFarBehind(version, wanted)).toBe(isTooFar);
});
