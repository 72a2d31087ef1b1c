import { describe, expect, it } from 'vitest';
import type { GardenerShoot, ShootCondition } from '../../../../src/domain/upgrades/gardener-shoot.ts';
import { healthOf } from '../../../../src/domain/upgrades/shoot-health.ts';
import {
  healthTimeoutMs,
  verdictAfter,
  verdictBefore,
  verdictOfLook,
  type UpgradeTarget,
} from '../../../../src/domain/upgrades/upgrade-checks.ts';
import { aRequest } from '../../../support/rows.ts';
import { aShoot, BROKEN, lastOperation, WELL } from '../../../support/shoots-in-memory.ts';

const ID = 'runtime-1';
const HEALTH = { health: true };
const TO_1_31_2: UpgradeTarget = { kubernetes: { kubernetesVersion: '1.31.2' } };

function before(
  changes: Partial<GardenerShoot>,
  target: UpgradeTarget = TO_1_31_2,
  checks = HEALTH,
  kymaVersion?: string,
): string {
  const seen = { shoot: aShoot(ID, changes), ...(kymaVersion !== undefined && { kymaVersion }) };
  const verdict = verdictBefore(seen, ID, target, checks);
  return 'reason' in verdict ? `${verdict.kind}: ${verdict.reason}` : Object.values(verdict).join(': ');
}
const condition = (type: string, status: string, message = ''): ShootCondition => ({ type, status, message });
const image = (name: string, version: string): GardenerShoot['workers'][number] => ({
  name: 'cpu',
  image: { name, version },
  manifest: {},
});

describe('the health of a Shoot', () => {
  it.each<[string, ShootCondition[], string]>([
    ['all are true', [WELL, condition('APIServerAvailable', 'True')], 'healthy'],
    ['one is false', [WELL, condition('ControlPlaneHealthy', 'False', 'etcd is away')], 'unhealthy'],
    ['one is progressing', [WELL, condition('SystemComponentsHealthy', 'Progressing')], 'changing'],
    ['one is unknown', [condition('EveryNodeReady', 'Unknown')], 'changing'],
    ['one is false, and one progressing', [BROKEN, condition('X', 'Progressing')], 'unhealthy'],
    ['only the monitoring is not', [WELL, condition('ObservabilityComponentsHealthy', 'False')], 'healthy'],
    ['there are none', [], 'changing'],
    [
      'there is none but of the monitoring',
      [condition('ObservabilityComponentsHealthy', 'True')],
      'changing',
    ],
  ])('when %s', (_, conditions, expected) => {
    expect(healthOf({ conditions }).is).toBe(expected);
  });

  it('is told in the words of all conditions that are not true, and cut', () => {
    const told = healthOf({ conditions: [WELL, BROKEN, condition('A', 'Unknown')] });
    expect(told).toMatchObject({ said: 'EveryNodeReady is False: Node n-1 is not ready.; A is Unknown' });
    const long = healthOf({ conditions: [condition('A', 'False', 'x'.repeat(5_000))] });
    expect(long.is === 'healthy' ? 0 : long.said.length).toBe(1_001);
  });
});

describe('the verdict before', () => {
  it.each<[string, Partial<GardenerShoot>, string]>([
    ['an old one that is fine', {}, 'go'],
    ['one of another runtime', { runtimeID: 'x' }, 'not eligible: its Shoot belongs to another runtime now'],
    [
      'one that is being deleted',
      { isBeingDeleted: true, lastOperation: { ...lastOperation('Processing'), type: 'Delete' } },
      'not eligible: its Shoot is left out of upgrades (being deleted)',
    ],
    [
      'one that sleeps',
      { isHibernated: true },
      'not eligible: its Shoot is left out of upgrades (hibernated)',
    ],
    [
      'one that was never there',
      { lastOperation: { ...lastOperation('Failed'), type: 'Create' } },
      'not eligible: its Shoot is left out of upgrades (never finished creating)',
    ],
    [
      'one that is reconciled, although it is there already',
      { lastOperation: lastOperation('Processing'), kubernetesVersion: '1.31.2' },
      'busy: Gardener carries out its own operation on the Shoot (Reconcile)',
    ],
    [
      'one whose change Gardener has not seen',
      { generation: 3 },
      'busy: Gardener carries out its own operation on the Shoot (a change of its specification)',
    ],
    ['one there already', { kubernetesVersion: '1.31.2' }, 'already there: Already at 1.31.2'],
    [
      'a newer one',
      { kubernetesVersion: '1.32.0' },
      'already there: Already at 1.32.0; 1.32.0 is newer than 1.31.2',
    ],
    [
      '1.31.10, which comes after 1.31.2',
      { kubernetesVersion: '1.31.10' },
      'already there: Already at 1.31.10; 1.31.10 is newer than 1.31.2',
    ],
    [
      'one there already and unhealthy',
      { kubernetesVersion: '1.31.2', conditions: [BROKEN] },
      'already there: Already at 1.31.2',
    ],
    [
      'one whose upgrade to that version has failed',
      { kubernetesVersion: '1.31.2', lastOperation: lastOperation('Error') },
      'go',
    ],
    [
      'a newer one that has failed',
      { kubernetesVersion: '1.32.0', lastOperation: lastOperation('Failed') },
      'not eligible: it is at 1.32.0, newer than 1.31.2: nothing is downgraded',
    ],
    [
      'one that is unhealthy',
      { conditions: [BROKEN] },
      'not eligible: its Shoot is unhealthy (EveryNodeReady is False: Node n-1 is not ready.)',
    ],
    [
      'one whose health changes',
      { conditions: [condition('EveryNodeReady', 'Progressing')] },
      'busy: the health of its Shoot is not certain (EveryNodeReady is Progressing)',
    ],
  ])('of %s', (_, shoot, expected) => {
    expect(before(shoot)).toBe(expected);
  });

  it('of one that is gone', () => {
    expect(verdictBefore({ shoot: undefined }, ID, TO_1_31_2, HEALTH)).toEqual({
      kind: 'not eligible',
      reason: 'its Shoot does not exist any more',
    });
  });

  it('without health does not care for conditions', () => {
    expect(before({ conditions: [BROKEN] }, TO_1_31_2, { health: false })).toBe('go');
  });

  it('takes any patch version for one that is asked for without', () => {
    const target = { kubernetes: { kubernetesVersion: '1.31' } };
    expect(before({ kubernetesVersion: '1.31.9' }, target)).toBe('already there: Already at 1.31.9');
    expect(before({ kubernetesVersion: '1.30.9' }, target)).toBe('go');
  });

  it('looks at the images of all workers, and sends nothing back', () => {
    const both = {
      kubernetes: {
        kubernetesVersion: '1.31.2',
        machineImage: 'gardenlinux',
        machineImageVersion: '1312.4.0',
      },
    };
    const workers = [image('gardenlinux', '1312.4.0'), image('gardenlinux', '1312.3.0')];
    expect(before({ kubernetesVersion: '1.31.2', workers }, both)).toBe('go');
    expect(before({ kubernetesVersion: '1.31.2', workers: workers.slice(0, 1) }, both)).toBe(
      'already there: Already at 1.31.2 and gardenlinux 1312.4.0',
    );
    expect(before({ kubernetesVersion: '1.32.0', workers }, both)).toBe(
      'not eligible: it is at 1.32.0, newer than 1.31.2: nothing is downgraded',
    );
    expect(before({ workers: [image('suse', '9999.0.0')] }, both)).toBe('go');
  });

  it('of a Kyma upgrade goes by what the Provisioner knows', () => {
    const kyma = (version: string): UpgradeTarget => ({ kyma: { version } });
    expect(before({}, kyma('2.20.5'), HEALTH, '2.20.4')).toBe('go');
    expect(before({}, kyma('2.20.5'), HEALTH, '2.20.5')).toBe('already there: Already at 2.20.5');
    expect(before({}, kyma('2.20.5'), HEALTH, '2.21.0')).toMatch(/newer than 2.20.5$/);
    expect(before({}, kyma('PR-123'), HEALTH, 'PR-123')).toBe('already there: Already at PR-123');
    expect(before({}, kyma('PR-123'), HEALTH, 'PR-124')).toBe('go');
    expect(before({}, kyma('2.20.5'), HEALTH, 'main-0123abcd')).toBe('go');
    expect(before({}, kyma('2.20.5'))).toBe('go');
  });
});

describe('the verdict after', () => {
  const after = (changes: Partial<GardenerShoot>, checks = HEALTH, target = TO_1_31_2) =>
    verdictAfter(aShoot(ID, changes), ID, target, checks);
  const there = { kubernetesVersion: '1.31.2' };

  it('is well at the version and healthy, and not yet otherwise', () => {
    expect(after(there)).toEqual({ kind: 'well' });
    expect(after({})).toEqual({ kind: 'not yet', reason: 'its Shoot is at 1.30.1, not 1.31.2' });
    expect(after({ ...there, conditions: [BROKEN] })).toMatchObject({ kind: 'not yet' });
    expect(after({ ...there, conditions: [condition('A', 'Progressing')] })).toMatchObject({
      kind: 'not yet',
    });
    expect(after({ ...there, isHibernated: true })).toMatchObject({ kind: 'not yet' });
  });
  it('without health looks at the version of the cluster alone', () => {
    expect(after({ ...there, conditions: [BROKEN] }, { health: false })).toEqual({ kind: 'well' });
    expect(after({}, { health: false })).toMatchObject({ kind: 'not yet' });
  });
  it('of a Kyma upgrade looks at the health alone', () => {
    expect(after({}, HEALTH, { kyma: { version: '2.20.5' } })).toEqual({ kind: 'well' });
  });
  it('is well once health has lasted, where it is to: since the last change of a condition, and the end of the work', () => {
    const at = (nowMs: number, changes: Partial<GardenerShoot> = {}): unknown =>
      verdictAfter(aShoot(ID, { ...there, ...changes }), ID, TO_1_31_2, {
        ...HEALTH,
        lasting: { lastsMs: 120_000, nowMs },
      });
    const notYet = { kind: 'not yet', reason: 'the Shoot is to stay healthy for 120 s' };
    const worked = { lastOperation: { ...lastOperation('Succeeded'), updatedAtMs: 1_000 } };
    expect([at(120_999, worked), at(121_000, worked)]).toEqual([notYet, { kind: 'well' }]);
    const changed = { ...worked, conditions: [{ ...WELL, changedAtMs: 2_000 }, WELL] };
    expect([at(121_999, changed), at(122_000, changed)]).toEqual([notYet, { kind: 'well' }]);
    // Nobody tells since when.
    expect(at(0)).toEqual({ kind: 'well' });
  });
  it('of one that is gone, or is about to be, will not become well', () => {
    expect(after({ isBeingDeleted: true })).toMatchObject({ kind: 'gone' });
    expect(after({ runtimeID: 'x' })).toMatchObject({ kind: 'gone' });
    expect(verdictAfter(undefined, ID, TO_1_31_2, HEALTH)).toMatchObject({ kind: 'gone' });
  });
});

it('a later look tells what is unhealthy from what may become healthy, and finds nothing in what is gone or sleeps', () => {
  const look = (changes: Partial<GardenerShoot>) => verdictOfLook(aShoot(ID, changes), ID);
  expect(look({})).toEqual({ is: 'healthy' });
  const broken = 'EveryNodeReady is False: Node n-1 is not ready.';
  expect(look({ conditions: [BROKEN] })).toEqual({ is: 'unhealthy', said: broken });
  expect(look({ conditions: [condition('A', 'Progressing')] })).toEqual({
    is: 'changing',
    said: 'A is Progressing',
  });
  for (const gone of [{ isBeingDeleted: true }, { isHibernated: true }, { runtimeID: 'x' }])
    expect(look({ ...gone, conditions: [BROKEN] })).toEqual({ is: 'healthy' });
  expect(verdictOfLook(undefined, ID)).toEqual({ is: 'healthy' });
});

it('there is time for a check after only where something is looked at', () => {
  const { parameters } = aRequest();
  const of = (checks: object, others: object = {}): number =>
    healthTimeoutMs({
      ...parameters,
      ...others,
      strategy: { ...parameters.strategy, checks: { health: true, healthTimeoutMinutes: 15, ...checks } },
    });
  expect(healthTimeoutMs(parameters)).toBe(0);
  expect(of({})).toBe(900_000);
  expect(of({}, { dryRun: true })).toBe(0);
  expect(of({ health: false })).toBe(0);
  expect(of({ health: false }, { kubernetes: { kubernetesVersion: '1.31.2' } })).toBe(900_000);
});

it('waits for no pool that keeps another image, where the upgrader leaves it to its owner', () => {
  const kubernetes = { machineImage: 'gardenlinux', machineImageVersion: '1400.0.0' };
  const workers = [image('gardenlinux', '1400.0.0'), image('suse', '15.4.0')];
  const shoot = aShoot(ID, { workers });
  expect(verdictAfter(shoot, ID, { kubernetes }, HEALTH).kind).toBe('not yet');
  expect(verdictAfter(shoot, ID, { kubernetes, keepsImages: true }, HEALTH).kind).toBe('well');
  expect(before({ workers }, { kubernetes, keepsImages: true })).toMatch(/^already there/);
  const older = [image('gardenlinux', '1312.0.0'), image('suse', '15.4.0')];
  expect(before({ workers: older }, { kubernetes, keepsImages: true })).toBe('go');
});
