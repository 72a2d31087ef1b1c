import { describe, expect, it } from 'vitest';
import { PolicyVersions } from '../../src/db/repositories/upgrades/policy-versions.ts';
import { UnusablePolicyError } from '../../src/domain/upgrades/compiled-policy.ts';
import { EMPTY_POLICY, type MaintenancePolicy } from '../../src/domain/upgrades/maintenance-policy.ts';
import { AT } from '../support/rows.ts';

describe('the versions of the maintenance policy', () => {
  /** Answers one version, and counts how often it was read. */
  function repositoryOf(policy: MaintenancePolicy, changedAt: string) {
    const row = { version: 1, freezesSince: 0, policy, changedBy: 'alice', reason: '', changedAt };
    const repository = {
      row,
      reads: 0,
      current: () => Promise.resolve(repository.row),
      find: (version: number) => {
        repository.reads += 1;
        return Promise.resolve(version === 1 ? repository.row : undefined);
      },
    };
    return repository;
  }

  const at = (definition: MaintenancePolicy['default']): MaintenancePolicy => ({
    ...EMPTY_POLICY,
    default: definition,
  });
  const MONDAY = { days: ['Mon' as const], timeBegin: '220000+0000', timeEnd: '020000+0000' };

  it('are read once, and what does not exist is asked for again', async () => {
    const repository = repositoryOf(at(MONDAY), AT);
    const versions = new PolicyVersions(repository);
    expect((await versions.find(1))?.fallback?.definition).toEqual(MONDAY);
    await versions.find(1);
    expect(repository.reads).toBe(1);
    expect(await versions.find(2)).toBeUndefined();
    expect((await versions.find(0))?.fallback).toBeUndefined();
    expect(repository.reads).toBe(2);
  });

  it('are forgotten when the same number is another version, as after a restore', async () => {
    const repository = repositoryOf(at(MONDAY), AT);
    const versions = new PolicyVersions(repository);
    await versions.current();
    const tuesday = { ...MONDAY, days: ['Tue' as const] };
    repository.row = { ...repository.row, policy: at(tuesday), changedAt: '2026-02-01T00:00:00.000000Z' };
    expect((await versions.current()).policy.fallback?.definition).toEqual(tuesday);
    expect((await versions.find(1))?.fallback?.definition).toEqual(tuesday);
  });

  it('are refused each time, and compiled once, when this machine cannot use them', async () => {
    const repository = repositoryOf(
      at({ days: ['Mon'], timeBegin: '220000', timeEnd: '020000', timeZone: 'Mars/Base' }),
      AT,
    );
    const versions = new PolicyVersions(repository);
    await expect(versions.find(1)).rejects.toThrow(UnusablePolicyError);
    await expect(versions.find(1)).rejects.toThrow(/no time zone "Mars\/Base"/);
    await expect(versions.current()).rejects.toThrow(UnusablePolicyError);
    expect(repository.reads).toBe(1);
  });
});
