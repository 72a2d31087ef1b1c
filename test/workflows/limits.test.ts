import { beforeAll, describe, expect, it } from 'vitest';
import { limitKeysOf, limitOf, LIMIT_KINDS, type Limits } from '../../src/domain/upgrades/limits.ts';
import type { Runtime } from '../../src/domain/upgrades/runtime.ts';
import type { OrchestrationParameters } from '../../src/domain/upgrades/orchestration-parameters.ts';
import { operationWorkflow } from '../../src/workflows/index.ts';
import { TASK_QUEUE } from '../../src/workflows/contract/engine.ts';
import {
  operationWorkflowID,
  progressQuery,
  type OrchestrationProgress,
} from '../../src/workflows/contract/upgrades.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory, type RecordedUpgrade } from '../support/fleet.ts';
import { gate } from '../support/gate.ts';
import { reset } from '../support/resets.ts';
import { Rig } from '../support/rig.ts';

const LARGE = 80;
const SMALL = 40;
/** For orchestrations of a few runtimes, each with a plan of its own. */
const FEW = ['unknown', 'retried'];
const EACH = 3;

const LIMITS: Limits = {
  perRegion: { default: 6, large: 3 },
  perPlan: { trial: 2 },
  perGlobalAccount: 1,
};

let rig: Rig;
let fleet: FleetInMemory;

beforeAll(async () => {
  fleet = new FleetInMemory(LARGE + SMALL + FEW.length * EACH, runtimeAt);
  fleet.autoEnd = false;
  rig = await Rig.start({
    fleet,
    tuning: { continueAsNewAfterEvents: 200, pageSize: 12, sweepSeconds: 1 },
  });
});

/** The large region comes first in the plan; it shares neither accounts nor plans with the others. */
function runtimeAt(index: number): Partial<Runtime> {
  const servicePlanName = FEW[Math.floor((index - LARGE - SMALL) / EACH)];
  if (servicePlanName !== undefined)
    return { region: servicePlanName, servicePlanName, globalAccountID: `account-${index}` };
  const isLarge = index < LARGE;
  return {
    region: isLarge ? 'large' : index % 4 === 0 ? 'tiny' : 'small',
    servicePlanName: isLarge ? 'aws' : index % 3 === 0 ? 'trial' : 'azure',
    globalAccountID: index % 10 === 9 ? '' : `${isLarge ? 'large' : 'other'}-${index % 17}`,
  };
}

const ofPlan = (planName: string): OrchestrationParameters['targets'] => ({ include: [{ planName }] });
const BOTH = { include: ['aws', 'azure', 'trial'].map((planName) => ({ planName })) };

function runtimeOf({ runtimeID }: { runtimeID: string }): Runtime {
  const runtime = fleet.runtimes.find((one) => one.runtimeID === runtimeID);
  if (!runtime) throw new Error(`There is no runtime ${runtimeID}`);
  return runtime;
}

/** The most that the landscape has had at one instant, by key; it grows only when an upgrade is accepted. */
function watch(limits: Limits): Map<string, number> {
  const most = new Map<string, number>();
  fleet.afterAccept = () => {
    for (const [key, count] of countsOf(fleet.underWay, limits))
      most.set(key, Math.max(most.get(key) ?? 0, count));
  };
  return most;
}

function countsOf(upgrades: readonly RecordedUpgrade[], limits: Limits): Map<string, number> {
  const counts = new Map<string, number>();
  for (const upgrade of upgrades) {
    const keys = limitKeysOf(limits, runtimeOf(upgrade));
    for (const kind of LIMIT_KINDS) {
      const name = `${kind} ${keys[kind]}`;
      if (keys[kind] !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return counts;
}

/** Keys that were taken more often than their limit says. */
function broken(most: ReadonlyMap<string, number>, limits: Limits): string[] {
  return [...most].flatMap(([name, count]) => {
    const [kind, key = ''] = name.split(' ');
    const limit = limitOf(limits, LIMIT_KINDS.find((one) => one === kind) ?? 'region', key);
    return count > limit ? [`${name}: ${count} of ${limit}`] : [];
  });
}

const begunIn = (region: string): number =>
  fleet.upgrades.filter((upgrade) => runtimeOf(upgrade).region === region).length;
const isOf = (upgrade: RecordedUpgrade, ...regions: string[]): boolean =>
  regions.includes(runtimeOf(upgrade).region);

/** Ends what is under way, but for some, until a condition holds. */
async function endUntil(
  what: string,
  condition: () => Promise<boolean> | boolean,
  isEnding: (upgrade: RecordedUpgrade) => boolean = () => true,
): Promise<void> {
  await until(
    async () => {
      for (const upgrade of fleet.underWay) if (isEnding(upgrade)) fleet.end(upgrade);
      return await condition();
    },
    { what },
  );
}

const progress = (id: string): Promise<OrchestrationProgress> =>
  rig.client.workflow.getHandle(id).query(progressQuery);

/** Operations whose child was refused its keys, or came back otherwise. */
const refused = async (id: string): Promise<string[]> =>
  (await rig.operations(id)).filter(({ dispatch }) => dispatch > 1).map(({ shootName }) => shootName);

describe('limits', () => {
  it('hold at every instant, also over waves, continued and reset runs, and a full key blocks no other', async () => {
    const most = watch(LIMITS);
    const waves = [{ name: 'canary', count: 20 }];
    const id = await rig.request({ workers: 12, limits: LIMITS, waves, targets: BOTH });
    await endUntil('the rest begins', async () => {
      const [canary] = await rig.repositories.control.waves(id);
      return canary?.phase === 'passed';
    });
    const ofLarge = begunIn('large');
    // The upgrades of the large region do not end, and all that is read first is of that region.
    const isElsewhere = (upgrade: RecordedUpgrade): boolean => isOf(upgrade, 'small', 'tiny');
    // The first upgrade of a trial stays until a second one is under way beside it.
    const isEnding = (upgrade: RecordedUpgrade): boolean =>
      isElsewhere(upgrade) &&
      (runtimeOf(upgrade).servicePlanName !== 'trial' || most.get('plan trial') === 2);
    const isHalf = (): boolean => begunIn('small') + begunIn('tiny') > SMALL / 2;
    const isContinued = async (): Promise<boolean> => isHalf() && (await rig.runs(id)).length > 1;
    await endUntil('half of the others has begun, by several runs', isContinued, isEnding);
    expect(await refused(id), 'a run knows of the children of the one before').toEqual([]);
    await reset(rig, id, 'first');
    await endUntil(
      'all of the others has begun',
      () => begunIn('small') + begunIn('tiny') === SMALL,
      isEnding,
    );
    expect(begunIn('large')).toBeLessThanOrEqual(ofLarge + 3);
    expect(fleet.underWay.filter((upgrade) => isOf(upgrade, 'large'))).toHaveLength(3);
    const hasEnded = async (): Promise<boolean> => (await rig.state(id)) === 'succeeded';
    await endUntil('it has ended', hasEnded);
    expect(await rig.statesOf(id)).toEqual({ succeeded: LARGE + SMALL });
    expect(fleet.upgrades).toHaveLength(LARGE + SMALL);
    expect(broken(most, LIMITS)).toEqual([]);
    expect([most.get('region large'), most.get('plan trial')]).toEqual([3, 2]);
    expect((await rig.runs(id)).length).toBeGreaterThanOrEqual(4);
    // The run that was reset knows of no child that had not claimed its row yet: at most one for each worker.
    expect((await refused(id)).length).toBeLessThanOrEqual(12);
  });

  it('hold also against a child of an earlier run that nobody knows of, which is then taken over', async () => {
    const limits = { perRegion: 1 };
    const most = watch(limits);
    const begun = fleet.upgrades.length;
    const reading = gate(rig.repositories.operations, 'readPlan', 'before');
    const id = await rig.request({ workers: 3, limits, targets: ofPlan('unknown') });
    await until(() => reading.arrived() > 0, { what: 'the plan is about to be read' });
    const [first, second] = await rig.operations(id);
    if (!first || !second) throw new Error('There is no plan');
    const { id: operationID, runtimeID, shootName, attempt, dispatch } = first;
    const ref = { orchestrationID: id, operationID, attempt, dispatch };
    await rig.client.workflow.start(operationWorkflow, {
      workflowId: operationWorkflowID(runtimeID),
      taskQueue: TASK_QUEUE,
      memo: ref,
      args: [
        { ...ref, runtimeID, shootName, type: 'upgradeKyma', dryRun: false, keys: { region: 'unknown' } },
      ],
    });
    await rig.underWay(1);
    reading.open();
    await until(
      async () => (await progress(id)).inFlight.some((child) => child.operationID === operationID),
      {
        what: 'it is taken over',
      },
    );
    expect(fleet.underWay).toHaveLength(1);
    const hasEnded = async (): Promise<boolean> => (await rig.state(id)) === 'succeeded';
    await endUntil('it has ended', hasEnded);
    expect(broken(most, limits)).toEqual([]);
    expect(fleet.order.slice(begun)).toEqual((await rig.operations(id)).map((row) => row.shootName));
    // Its child was refused once, and not again and again.
    expect((await rig.operations(id)).map((row) => row.dispatch)).toEqual([1, 2, 1]);
  });

  it('count what a lost run has left, and retries', async () => {
    const limits = { perRegion: { retried: 1 } };
    const most = watch(limits);
    const begun = fleet.upgrades.length;
    const id = await rig.request({ workers: 3, limits, targets: ofPlan('retried') });
    const [broke] = fleet.runtimes.slice(LARGE + SMALL + EACH);
    fleet.failing.add(broke?.runtimeID ?? '');
    await endUntil(
      'the second is under way',
      () => fleet.upgrades.length === begun + 2 && fleet.underWay.length === 1,
      (upgrade) => upgrade.runtimeID === broke?.runtimeID,
    );
    fleet.failing.clear();
    await rig.client.workflow.getHandle(id).terminate('by hand');
    await rig.reaches(id, 'failed');
    await rig.retry(id);
    await until(async () => (await progress(id)).inFlight.length === 1, {
      what: 'the child that executes has its key',
    });
    expect(await rig.statesOf(id)).toMatchObject({ 'in progress': 1, retrying: 1 });
    expect((await progress(id)).inFlight[0]?.keys).toEqual({ region: 'retried' });
    const hasEnded = async (): Promise<boolean> => (await rig.state(id)) === 'failed';
    await endUntil('it has ended', hasEnded);
    expect(await rig.statesOf(id)).toEqual({ succeeded: 2, canceled: 1 });
    expect(broken(most, limits)).toEqual([]);
  });
});
