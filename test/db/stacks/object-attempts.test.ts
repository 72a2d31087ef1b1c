/** Single attempts of activities on objects: what they ask for, hand on and give up, one after the other. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ActivityDependencies } from '../../../src/activities/activity-dependencies.ts';
import type { Drivers } from '../../../src/activities/stacks/drivers/driver.ts';
import { createNestedDriver } from '../../../src/activities/stacks/drivers/nested.ts';
import { createSimulatedDrivers } from '../../../src/activities/stacks/drivers/simulated/index.ts';
import { simulationControl } from '../../../src/activities/stacks/drivers/simulated/control.ts';
import { createStackObjectActivities } from '../../../src/activities/stacks/object-activities.ts';
import type { StackObjectActivities } from '../../../src/activities/stacks/object-activity-types.ts';
import type { StackGateway } from '../../../src/clients/stacks/life-cycle-gateway.ts';
import { openDatabase, type Database } from '../../../src/db/connection.ts';
import { createRepositories, type Repositories } from '../../../src/db/repositories/index.ts';
import type { StackObjectRow } from '../../../src/db/repositories/stacks/life-cycle-repositories.ts';
import { UnavailableError } from '../../../src/domain/errors.ts';
import { ownerKey } from '../../../src/domain/stacks/owner-key.ts';
import type { StackAction, StackStatus } from '../../../src/domain/stacks/statuses.ts';
import { STACK_MOVED_ON } from '../../../src/workflows/contract/stacks.ts';
import { executeActivity, type HandedOn } from '../../support/activity-execution.ts';
import { atEndOfFile, createDatabase } from '../../support/environment.ts';
import { aDefinition, anOplan, aStackIn } from '../../support/stacks/rows.ts';

const INSTALLATION = '6d0c1f0e-6a3e-4c56-9f57-2f4f7f3c9a10';
const LIMIT_SECONDS = 1_000;

let database: Database;
let repositories: Repositories;
let now: number;
let number = 0;
/** The engine's answer to a request for a nested stack; it accepts when nothing is set. */
let engine: ((action: StackAction, name: string) => Promise<void>) | undefined;

beforeAll(async () => {
  const { url } = await createDatabase();
  database = openDatabase(url);
  atEndOfFile(() => database.close());
  repositories = createRepositories(database);
});
beforeEach(() => {
  now = Date.UTC(2026, 0, 2);
  engine = undefined;
});

const BEGINS: Record<StackAction, StackStatus> = {
  START: 'starting',
  STOP: 'stopping',
  SHUTDOWN: 'shutting_down',
  RESTART: 'restarting',
};

async function enter(name: string, status: StackStatus, startedFor?: string): Promise<void> {
  const change = { actor: 'alice', reason: 'in a test', now: new Date(now).toISOString(), startedFor };
  const row = await repositories.stacks.enterStatus(name, status, change);
  expect(row?.status).toBe(status);
}

function activities(): StackObjectActivities {
  const act: StackGateway['act'] = async (name, { action, startedFor }) => {
    await engine?.(action, name);
    await enter(name, BEGINS[action], startedFor);
    return { kind: 'accepted', status: BEGINS[action] };
  };
  const drivers: Drivers = {
    ...createSimulatedDrivers(database, () => now),
    orchestration: createNestedDriver(repositories.stacks, { act } as unknown as StackGateway),
  };
  const deps: Partial<ActivityDependencies> = {
    installationID: INSTALLATION,
    repositories,
    drivers,
    objectPollMs: 10,
    clock: () => now,
    tuning: { objectTimeoutSeconds: LIMIT_SECONDS },
  };
  return createStackObjectActivities(deps as ActivityDependencies);
}

const away = (): Promise<never> =>
  Promise.reject(new UnavailableError('engine', 'The workflow does not answer'));

describe('a nested stack', () => {
  let outer: string;
  let inner: string;
  let handedOn: HandedOn;

  beforeEach(() => {
    number += 1;
    outer = `/nested/nell/outer-${number}`;
    inner = `/nested/nell/inner-${number}`;
    handedOn = {};
  });

  const given = async (outerStatus: StackStatus, innerStatus: StackStatus): Promise<void> => {
    const oplans = [anOplan('in', 'orchestration', [inner])];
    const { action } = await aStackIn(repositories, outerStatus, aDefinition(outer, { oplans }));
    expect(action).toBeGreaterThan(0);
    const owner = ownerKey({ installation: INSTALLATION, stack: outer, label: 'in', name: inner });
    await aStackIn(repositories, 'stopped', aDefinition(inner));
    if (innerStatus === 'stopped') return;
    await enter(inner, 'starting', owner);
    await enter(inner, innerStatus);
  };
  const input = async (): Promise<Parameters<StackObjectActivities['createObject']>[0]> => {
    const action = (await repositories.stacks.currentAction(outer)) ?? 0;
    return { stack: outer, label: 'in', object: inner, action };
  };
  const attempt = async (deed: keyof StackObjectActivities): Promise<unknown> => {
    const given = { ...(await input()), cycle: true };
    return await executeActivity(() => activities()[deed](given), handedOn);
  };
  const row = async (): Promise<StackObjectRow | undefined> =>
    await repositories.stackObjects.find({ stack: outer, label: 'in', name: inner });

  it.each<[keyof StackObjectActivities, StackStatus, StackStatus, StackStatus]>([
    ['createObject', 'starting', 'error', 'starting'],
    ['destroyObject', 'stopping', 'error', 'stopping'],
    ['startInstance', 'restarting', 'error', 'restarting'],
  ])(
    'that a request has not reached is asked again, and has not ended elsewhere: %s',
    async (deed, of, standing, begun) => {
      await given(of, standing);
      const condition = deed === 'createObject' ? 'failed' : 'running';
      const change = { condition, owned: true, objectID: 'an ID' } as const;
      const event = { actor: 'drydock', reason: 'in a test', now: new Date(now).toISOString() };
      await repositories.stackObjects.change({ stack: outer, label: 'in', name: inner }, change, event);
      engine = away;
      await expect(attempt(deed)).rejects.toThrow('The workflow does not answer');
      engine = undefined;
      await expect(attempt(deed)).rejects.toMatchObject({ type: 'OBJECT_UNDER_WAY' });
      expect((await repositories.stacks.find(inner))?.status).toBe(begun);
      // An object that was begun, and then failed, is not begun again and again.
      await enter(inner, 'error');
      await expect(attempt(deed)).rejects.toThrow('ended elsewhere');
    },
  );

  it('whose workflow does not answer is shown as what is waited for, and given up in the end', async () => {
    await given('stopping', 'ready');
    engine = away;
    await expect(attempt('destroyObject')).rejects.toMatchObject({ type: 'OBJECTS_UNAVAILABLE' });
    expect((await row())?.error).toBe(
      `The orchestration ${inner} does not take STOP now: The workflow does not answer (tried again)`,
    );
    now += (LIMIT_SECONDS + 1) * 1_000;
    await expect(attempt('destroyObject')).rejects.toMatchObject({ code: 'OBJECT_TIMEOUT' });
  });

  it('that was out of reach, and then was not, has its whole time the next time it is', async () => {
    await given('starting', 'stopped');
    engine = away;
    await expect(attempt('createObject')).rejects.toThrow('The workflow does not answer');
    engine = undefined;
    now += 1_000;
    await expect(attempt('createObject')).rejects.toMatchObject({ type: 'OBJECT_UNDER_WAY' });
    now += (LIMIT_SECONDS + 1) * 1_000;
    await enter(inner, 'stopping');
    await enter(inner, 'stopped');
    engine = away;
    await expect(attempt('createObject')).rejects.toMatchObject({ type: 'OBJECTS_UNAVAILABLE' });
  });
});

describe('an object', () => {
  let stack: string;
  const at = (name: string): string => `${stack}-${name}`;
  const label = (name: string): string => (name === 'vm' ? 'servers' : name);
  const owner = (name: string): string =>
    ownerKey({ installation: INSTALLATION, stack, label: label(name), name: at(name) });
  const simulation = () => simulationControl(database, () => now);
  const driversOf = () => createSimulatedDrivers(database, () => now);
  const { signal } = new AbortController();

  /** A stack with a running instance that a volume is attached to, all in place. */
  async function standing(status: StackStatus): Promise<void> {
    stack = `/single/sue/stack-${++number}`;
    const oplans = [
      anOplan('disk', 'storage/volume', [{ name: at('disk'), size: '1G' }]),
      anOplan('servers', 'launchplan', [at('vm')]),
      anOplan('attachment', 'storage/attachment', [
        { name: at('attachment'), instance_name: at('vm'), storage_volume_name: at('disk') },
      ]),
    ];
    await aStackIn(repositories, status, aDefinition(stack, { oplans }));
    for (const name of ['disk', 'vm', 'attachment']) {
      const key = { stack, label: label(name), name: at(name) };
      const found = await repositories.stackObjects.find(key);
      if (!found || found.objType === 'orchestration') throw new Error(`${name} is missing`);
      const { objType, spec } = found;
      await driversOf()[objType].create({ objType, name: at(name), owner: owner(name), spec }, signal);
      const id = (
        await driversOf()[objType].describe({ objType, name: at(name), owner: owner(name) }, signal)
      )?.id;
      const condition = objType === 'launchplan' ? 'running' : 'available';
      const event = { actor: 'drydock', reason: 'in a test', now: new Date(now).toISOString() };
      await repositories.stackObjects.change(key, { condition, objectID: id, owned: true }, event);
    }
  }
  const start = (): Promise<unknown> =>
    executeActivity(() =>
      activities().startInstance({ stack, label: 'servers', object: at('vm'), action: 0, cycle: false }),
    );
  const objectRow = async (name: string): Promise<StackObjectRow | undefined> =>
    await repositories.stackObjects.find({ stack, label: label(name), name: at(name) });

  it('A62: that others go on using is not waited for as long as one that is slow', async () => {
    await standing('stopping');
    const action = (await repositories.stacks.currentAction(stack)) ?? 0;
    const handedOn: HandedOn = {};
    const destroy = (): Promise<unknown> =>
      executeActivity(
        () => activities().destroyObject({ stack, label: 'disk', object: at('disk'), action }),
        handedOn,
      );
    const said = `storage/volume ${at('disk')} is in use by storage/attachment ${at('attachment')}`;
    for (const seconds of [0, 200, 99]) {
      now += seconds * 1_000;
      await expect(destroy()).rejects.toMatchObject({
        type: 'OBJECTS_UNAVAILABLE',
        message: expect.stringContaining(said) as string,
      });
    }
    expect((await objectRow('disk'))?.error).toContain(said);
    now += 1_000;
    await expect(destroy()).rejects.toMatchObject({
      code: 'OBJECT_IN_USE',
      message: `${said}; destroy that first (waited for 300 seconds)`,
    });
  });

  it('A86: that vanished comes back with what was attached to it', async () => {
    await standing('warning');
    const before = await objectRow('attachment');
    // A cluster keeps an attachment on its instance.
    await simulation().remove('launchplan', at('vm'));
    await simulation().remove('storage/attachment', at('attachment'));
    await start();
    const [attachment] = await simulation().objects(at('attachment'));
    expect(attachment).toMatchObject({ owner: owner('attachment'), state: 'available' });
    expect((await objectRow('attachment'))?.objectID).toBe(attachment?.id);
    expect(attachment?.id).not.toBe(before?.objectID);
  });

  it('A86: that vanished runs again although something cannot be attached to it, which is what has failed', async () => {
    await standing('warning');
    for (const [objType, name] of [
      ['launchplan', 'vm'],
      ['storage/attachment', 'attachment'],
      ['storage/volume', 'disk'],
    ] as const) {
      await simulation().remove(objType, at(name));
    }
    expect(await start()).toEqual({ condition: 'running' });
    expect(await objectRow('attachment')).toMatchObject({
      condition: 'failed',
      failureCode: 'OBJECT_REFUSED',
      error: expect.stringContaining(at('disk')) as string,
    });
  });

  it('A86: that vanished is not created again by what comes after a STOP', async () => {
    await standing('warning');
    await simulation().remove('launchplan', at('vm'));
    await simulation().remove('storage/attachment', at('attachment'));
    await enter(stack, 'stopping');
    await expect(start()).rejects.toMatchObject({ type: STACK_MOVED_ON });
    expect((await objectRow('vm'))?.condition).toBe('running');
    expect(await simulation().objects(at('vm'))).toEqual([]);
  });
});
