import { describe, expect, it } from 'vitest';
import { SHOOT_STANDINGS, standingOf } from '../../../../src/domain/upgrades/inventory-shoot.ts';
import { runtimeStateOf } from '../../../../src/domain/upgrades/runtime-state.ts';
import { EXCLUSION_REASONS } from '../../../../src/domain/upgrades/runtime.ts';

const CALM = { standing: 'active', removedAt: null, isUpgrading: false, last: undefined } as const;

describe('the state of a runtime', () => {
  it.each([
    [{}, 'succeeded'],
    [{ last: 'succeeded' }, 'succeeded'],
    [{ standing: 'stray' }, 'succeeded'],
    [{ last: 'failed' }, 'error'],
    [{ last: 'retrying' }, 'error'],
    [{ isUpgrading: true, last: 'failed' }, 'upgrading'],
    [{ isUpgrading: true, standing: 'suspended' }, 'suspended'],
    [{ standing: 'deprovisioning', last: 'failed' }, 'deprovisioning'],
    [{ standing: 'provisioning' }, 'provisioning'],
    [{ standing: 'failed' }, 'failed'],
    [{ standing: 'suspended', removedAt: '2026-01-02T03:04:05Z' }, 'deprovisioned'],
  ] as const)('with %o is %s', (changes, state) => {
    expect(runtimeStateOf({ ...CALM, ...changes })).toBe(state);
  });
});

describe('the standing of a Shoot', () => {
  it.each([
    [undefined, 'Succeeded', 'active'],
    ['hibernated', 'Succeeded', 'suspended'],
    ['being deleted', 'Processing', 'deprovisioning'],
    ['never finished creating', 'Processing', 'provisioning'],
    ['never finished creating', 'Error', 'provisioning'],
    ['never finished creating', 'Failed', 'failed'],
    ['no runtime ID', 'Succeeded', 'stray'],
    ['runtime ID too long', 'Succeeded', 'stray'],
    ['runtime ID of another Shoot', 'Succeeded', 'stray'],
  ] as const)('left out as %s, %s, is %s', (leftOut, state, standing) => {
    expect(standingOf(leftOut, { state })).toBe(standing);
  });

  it('is one of those that there are, whatever it was left out for', () => {
    for (const reason of EXCLUSION_REASONS) expect(SHOOT_STANDINGS).toContain(standingOf(reason, undefined));
  });
});
