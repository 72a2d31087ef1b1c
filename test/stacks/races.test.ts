import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '@temporalio/client';
import {
  stackObservedSignal,
  stackResyncSignal,
  stackWorkflowID,
} from '../../src/workflows/contract/stacks.ts';
import { connectTemporal, until } from '../support/environment.ts';
import { depends, inSeconds, instances, network, plan } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;
let client: Client;
beforeAll(async () => {
  service = await startStackService();
  client = await connectTemporal(service.env['TEMPORAL_NAMESPACE']);
});

const HOUR_MS = 3_600_000;

const failures = async (prefix: string): Promise<number> =>
  (await service.simulation.journal(prefix)).filter(({ outcome }) => outcome === 'failed').length;

describe('a stop time', () => {
  it('is carried out once: a STOP that fails is not repeated by itself', async () => {
    const { stacks, simulation } = service;
    const name = '/once/kim/stack';
    await simulation.fail('vnet', `${name}-net`, 'destroy', { message: 'stuck' });
    await stacks.add({ ...network(name), schedule: { stop_time: inSeconds(12) } });
    await stacks.bring(name, 'START', 'ready');
    expect((await stacks.reaches(name, 'error')).info.errors['net']).toContain('stuck');
    await service.stacks.witness('/once/kim/witness', 2);
    expect(await failures('/once/kim/stack')).toBe(1);
    await simulation.clearFaults();
    await stacks.bring(name, 'STOP', 'stopped');
  });
});

describe('STOP', () => {
  it('ends in stopped after a RESTART that named what was never created', async () => {
    const { stacks, simulation } = service;
    const name = '/never/kim/stack';
    await simulation.fail('storage/volume', '/never/kim/disk', 'create', { message: 'full' });
    await stacks.add({
      name,
      oplans: [instances('web', ['/never/kim/web']), plan('disk', 'storage/volume', ['/never/kim/disk'])],
      relationships: depends(['web', 'disk']),
    });
    await stacks.bring(name, 'START', 'error');
    await stacks.act(name, 'RESTART');
    const failed = await until(
      async () => {
        const stack = await stacks.get(name);
        return stack.status === 'error' && stack.info.errors['web'] !== undefined && stack;
      },
      { what: 'the end of the restart' },
    );
    expect(failed.info.errors['web']).toContain('never created');
    expect((await stacks.bring(name, 'STOP', 'stopped')).info.errors).toEqual({});
    expect((await stacks.tryRemove(name)).status).toBe(204);
  });

  it('is taken while a run is asked to read the database again', async () => {
    const { stacks, simulation } = service;
    const name = '/resync/kim/stack';
    await simulation.slow('vnet', `${name}-net`, 'create', HOUR_MS);
    await stacks.add(network(name));
    await stacks.act(name, 'START');
    await until(async () => (await simulation.journal(name)).length === 1, { what: 'the creation' });
    await client.workflow.getHandle(stackWorkflowID(name)).signal(stackResyncSignal);
    expect((await stacks.act(name, 'STOP')).status).toBe('stopping');
    await stacks.reaches(name, 'stopped');
    expect(await simulation.objects(name)).toEqual([]);
  });

  it('by a request to cancel from Temporal works each time', async () => {
    const { stacks } = service;
    const name = '/cancel/kim/stack';
    await stacks.add(network(name));
    for (let time = 0; time < 3; time += 1) {
      await stacks.bring(name, 'START', 'ready');
      await client.workflow.getHandle(stackWorkflowID(name)).cancel();
      await stacks.reaches(name, 'stopped');
    }
  });
});

describe('SHUTDOWN', () => {
  it('A80: that every instance refuses says so, leaves stack and plan ready, and can be sent again', async () => {
    const { stacks, simulation } = service;
    const name = '/refuses/kim/stack';
    await simulation.fail('launchplan', '/refuses/kim/web', 'stop', { message: 'it hangs', times: 1 });
    await stacks.add({ name, oplans: [instances('web', ['/refuses/kim/web'])] });
    await stacks.bring(name, 'START', 'ready');
    const refused = await stacks.bring(name, 'SHUTDOWN', 'ready');
    expect(refused.info.errors['web']).toContain('it hangs');
    expect(refused.oplans[0]?.status).toBe('ready');
    expect((await stacks.bring(name, 'SHUTDOWN', 'shut_down')).info.errors).toEqual({});
  });
});

describe('news of an instance that come late', () => {
  it('change nothing about a stack that was stopped meanwhile', async () => {
    const { stacks } = service;
    const name = '/late/kim/stack';
    await stacks.add({ name, oplans: [instances('web', ['/late/kim/web'])] });
    await stacks.bring(name, 'START', 'ready');
    await stacks.bring(name, 'STOP', 'stopped');
    const handle = client.workflow.getHandle(stackWorkflowID(name));
    await handle.signal(stackObservedSignal, [{ label: 'web', name: '/late/kim/web' }]);
    await service.stacks.witness('/late/kim/witness', 1);
    const { status, info, oplans } = await stacks.get(name);
    expect({ status, info, oplan: oplans[0]?.status }).toEqual({
      status: 'stopped',
      info: { errors: {} },
      oplan: 'stopped',
    });
  });
});
