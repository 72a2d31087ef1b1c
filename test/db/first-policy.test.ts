import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { storeFirstPolicy } from '../../src/bin/compose/first-policy.ts';
import type { Repositories } from '../../src/db/repositories/index.ts';
import { EMPTY_POLICY } from '../../src/domain/upgrades/maintenance-policy.ts';
import { parseMaintenancePolicy } from '../../src/domain/upgrades/policy-schema.ts';
import { temporaryFolder } from '../support/environment.ts';
import { freshRepositories } from '../support/repositories.ts';
import { AT } from '../support/rows.ts';

const EXAMPLE = 'config/maintenance-policy.example.yaml';

let policies: Repositories['policies'];
beforeEach(async () => {
  policies = (await freshRepositories()).policies;
});

function file(text: string): string {
  const path = join(temporaryFolder(), 'policy.yaml');
  writeFileSync(path, text);
  return path;
}

describe('the file with the first maintenance policy', () => {
  it('is stored once, by one of two workers that start at the same time', async () => {
    const stored = await Promise.all([1, 2].map(() => storeFirstPolicy(policies, EXAMPLE, AT)));
    expect(stored.sort()).toEqual([false, true]);
    expect(await storeFirstPolicy(policies, EXAMPLE, AT)).toBe(false);
    const row = await policies.current();
    expect(row).toMatchObject({ version: 1, changedBy: 'drydock', reason: `From the file ${EXAMPLE}` });
    // The API would store the same.
    expect(parseMaintenancePolicy(row?.policy).policy).toEqual(row?.policy);
    expect(row?.policy.rules[1]).toMatchObject({ days: ['Sat', 'Sun'], timeZone: 'Europe/Berlin' });
  });

  it('changes nothing once a policy was stored in another way', async () => {
    await policies.add(EMPTY_POLICY, { after: 0, changedBy: 'alice', reason: '', now: AT });
    expect(await storeFirstPolicy(policies, EXAMPLE, AT)).toBe(false);
    expect((await policies.current())?.policy).toEqual(EMPTY_POLICY);
  });

  it.each([
    ['that is not there', () => '/nowhere/policy.yaml', /^MAINTENANCE_POLICY_FILE: .*can't be read: ENOENT/],
    ['that is no YAML', () => file('rules: ['), /can't be read/],
    ['with two faults', () => file('rules: [{}]\nfreeze: []'), /rules\[0\]\.match .*; .*freeze/],
  ])('stops the start with one sentence: one %s', async (_, path, sentence) => {
    await expect(storeFirstPolicy(policies, path(), AT)).rejects.toThrow(sentence);
    expect(await policies.current()).toBeUndefined();
  });
});
