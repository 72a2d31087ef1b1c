import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { STACK_MONITOR_WORKFLOW_ID, stackWorkflowID } from '../../src/workflows/contract/stacks.ts';
import { connectTemporal, until } from '../support/environment.ts';
import { depends, instances, plan, type StackBody } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;
let client: Client;
beforeAll(async () => {
  service = await startStackService({ RECONCILE_SECONDS: '5' });
  client = await connectTemporal(service.env['TEMPORAL_NAMESPACE']);
});

const HOUR_MS = 3_600_000;

function body(container: string): StackBody {
  const at = (name: string): string => `/${container}/ida/${name}`;
  return {
    name: at('stack'),
    oplans: [
      instances('web', [at('web')], {}, { ha_policy: 'active' }),
      plan('disk', 'storage/volume', [at('disk')]),
    ],
    relationships: depends(['web', 'disk']),
  };
}

describe('the workflow of a stack', () => {
  it('has an ID that anybody can guess, tells its status, and ends with the stack', async () => {
    const { stacks } = service;
    const { name } = await stacks.add(body('known'));
    const handle = client.workflow.getHandle('stack/known/ida/stack');
    await stacks.bring(name, 'START', 'ready');
    expect(await handle.query('progress')).toEqual({
      status: 'ready',
      objects: { running: 1, available: 1 },
    });
    const description = await handle.describe();
    expect(await description.staticSummary()).toBe(`stack ${name}`);
    await stacks.bring(name, 'STOP', 'stopped');
    await stacks.tryRemove(name);
    await handle.result();
  });

  it('refuses or drops whatever does not fit that is sent to it by hand, and goes on', async () => {
    const { stacks } = service;
    const { name } = await stacks.add(body('by-hand'));
    await stacks.bring(name, 'START', 'ready');
    const handle = client.workflow.getHandle(stackWorkflowID(name));
    const object = { label: 'web', name: 1 };
    for (const input of [[], [null], [{}], ['x'], [[null]], [[object]], [7]]) {
      await handle.signal('observed', ...input);
    }
    await handle.signal('resync', { unasked: true });
    const inputs = [
      [],
      [null],
      ['START'],
      [{ action: 7 }],
      [{ revision: 'x', plan: {} }],
      [{ instance: 1 }],
      [[]],
    ];
    for (const update of ['action', 'define', 'instance', 'remove']) {
      for (const args of inputs)
        await expect(handle.executeUpdate(update, { args: args as [unknown] })).rejects.toThrow();
    }
    expect(await handle.query('progress')).toMatchObject({ status: 'ready' });
    await handle.executeUpdate('action', { args: [{ action: 'stop' }] });
    await stacks.reaches(name, 'stopped');
    await handle.executeUpdate('remove', { args: [] });
    await handle.result();
  });

  it('that was terminated in the middle of a start is taken up again, and nothing is made twice', async () => {
    const { stacks, simulation } = service;
    const { name } = await stacks.add(body('terminated'));
    await simulation.slow('launchplan', '/terminated/ida/web', 'create', 4_000);
    await stacks.act(name, 'START');
    await until(async () => (await simulation.journal('/terminated/')).length === 2, {
      what: 'both are asked for',
    });
    await client.workflow.getHandle(stackWorkflowID(name)).terminate('by hand');
    await stacks.reaches(name, 'ready');
    const created = (await simulation.journal('/terminated/')).filter(
      ({ operation }) => operation === 'create',
    );
    expect(created).toHaveLength(2);
  });

  it('that was terminated while nothing was under way takes the next action all the same', async () => {
    const { stacks } = service;
    const { name } = await stacks.add(body('idle'));
    await stacks.bring(name, 'START', 'ready');
    await client.workflow.getHandle(stackWorkflowID(name)).terminate('by hand');
    expect((await stacks.tryAction(name, 'START')).status).toBe(409);
    await stacks.bring(name, 'STOP', 'stopped');
  });

  it('STOP ends a start in progress, and so does a request to cancel from Temporal', async () => {
    const { stacks, simulation } = service;
    for (const container of ['by-action', 'by-engine']) {
      const { name } = await stacks.add(body(container));
      await simulation.slow('launchplan', `/${container}/ida/web`, 'create', HOUR_MS);
      await stacks.act(name, 'START');
      await until(async () => (await simulation.objects(`/${container}/`)).length === 2, {
        what: 'both asked for',
      });
      if (container === 'by-action') await stacks.act(name, 'STOP');
      else await client.workflow.getHandle(stackWorkflowID(name)).cancel();
      await stacks.reaches(name, 'stopped');
      expect(await simulation.objects(`/${container}/`)).toEqual([]);
      // It lives on.
      await simulation.clearFaults();
      await stacks.bring(name, 'START', 'ready');
    }
  });

  it('a request to cancel stops a stack that is ready, and changes nothing of one that is stopped', async () => {
    const { stacks } = service;
    const { name } = await stacks.add(body('canceled'));
    await stacks.bring(name, 'START', 'ready');
    await client.workflow.getHandle(stackWorkflowID(name)).cancel();
    await stacks.reaches(name, 'stopped');
    const { name: other } = await stacks.add(body('canceled-idle'));
    const handle = client.workflow.getHandle(stackWorkflowID(other));
    await handle.cancel();
    // Answered when the request has been seen.
    expect(await handle.query('progress')).toMatchObject({ status: 'stopped' });
    expect((await stacks.get(other)).status).toBe('stopped');
    await stacks.bring(other, 'START', 'ready');
  });

  it('the monitor is started again when it was terminated', async () => {
    const { stacks, simulation } = service;
    const { name } = await stacks.add(body('watched'));
    await stacks.bring(name, 'START', 'ready');
    await client.workflow.getHandle(STACK_MONITOR_WORKFLOW_ID).terminate('by hand');
    await simulation.kill('/watched/ida/web');
    await until(
      async () => (await simulation.journal('/watched/')).some(({ operation }) => operation === 'start'),
      { what: 'the restart of the instance' },
    );
    await stacks.reaches(name, 'ready');
  });

  it('nothing of an object but its name is in the history', async () => {
    const { stacks } = service;
    const secret = 'hunter2-of-the-user-data';
    const secretive = body('secret');
    secretive.oplans[0] = instances('web', ['/secret/ida/web'], {
      attributes: { userdata: { password: secret } },
    });
    const { name } = await stacks.add(secretive);
    await stacks.bring(name, 'START', 'ready');
    await stacks.bring(name, 'STOP', 'stopped');
    const { description: _, ...changed } = { ...secretive, description: 'changed', oplans: secretive.oplans };
    await stacks.define({ ...changed, description: 'changed' });
    const history = await client.workflow.getHandle(stackWorkflowID(name)).fetchHistory();
    const payloads = readable(JSON.parse(JSON.stringify(history)));
    expect(payloads).toContain('/secret/ida/web');
    expect(payloads).not.toContain(secret);
  });
});

/** A history with its payloads as text. */
function readable(value: unknown): string {
  const payload = z.object({ metadata: z.unknown(), data: z.string() }).safeParse(value);
  if (payload.success) return Buffer.from(payload.data.data, 'base64').toString('utf8');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.values(value).map(readable).join('\n');
}
