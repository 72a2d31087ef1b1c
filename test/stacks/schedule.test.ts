import { beforeAll, describe, expect, it } from 'vitest';
import { inSeconds, instances, type StackBody } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;
beforeAll(async () => {
  service = await startStackService();
});

function body(name: string, start: string | null, stop: string | null = null): StackBody {
  return {
    name,
    schedule: { start_time: start, stop_time: stop },
    oplans: [instances('web', [`${name}-1`])],
  };
}

describe('the schedule of a stack', () => {
  it('A88: START before its start time waits for it as scheduled; nothing exists until then', async () => {
    const { stacks, simulation } = service;
    const { name, status } = await stacks.add(body('/schedule/fay/later', inSeconds(6)));
    expect(status).toBe('stopped');
    expect((await stacks.act(name, 'START')).status).toBe('scheduled');
    expect(await simulation.objects('/schedule/fay/later')).toEqual([]);
    const ready = await stacks.reaches(name, 'ready');
    const { start_time: start } = ready['schedule'] as { start_time: string };
    const [created] = await simulation.journal('/schedule/fay/later');
    expect(Date.parse(created?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(start));
  });

  it('A88: START after its start time starts at once', async () => {
    const { stacks } = service;
    const { name } = await stacks.add(body('/schedule/fay/past', inSeconds(-60)));
    expect((await stacks.act(name, 'START')).status).toBe('starting');
    await stacks.reaches(name, 'ready');
  });

  it('STOP of a scheduled one withdraws the start', async () => {
    const { stacks, simulation } = service;
    const { name } = await stacks.add(body('/schedule/fay/withdrawn', inSeconds(5)));
    await stacks.act(name, 'START');
    expect((await stacks.act(name, 'STOP')).status).toBe('stopped');
    // Another stack's later time comes: the withdrawn one would have been started before.
    const { name: later } = await stacks.add(body('/schedule/fay/witness', inSeconds(7)));
    await stacks.act(later, 'START');
    await stacks.reaches(later, 'ready');
    expect((await stacks.get(name)).status).toBe('stopped');
    expect(await simulation.journal('/schedule/fay/withdrawn')).toEqual([]);
  });

  it('A90: the stop time stops it by itself, also while it is shut down', async () => {
    const { stacks, simulation } = service;
    const { name } = await stacks.add(body('/schedule/fay/stops', null, inSeconds(12)));
    await stacks.bring(name, 'START', 'ready');
    await stacks.bring(name, 'SHUTDOWN', 'shut_down');
    await stacks.reaches(name, 'stopped');
    expect(await simulation.objects('/schedule/fay/stops')).toEqual([]);
  });

  it('A90: the stop time ends a start that hangs', async () => {
    const { stacks, simulation } = service;
    await simulation.slow('launchplan', '/schedule/fay/hangs-1', 'create', 3_600_000);
    const { name } = await stacks.add(body('/schedule/fay/hangs', null, inSeconds(3)));
    await stacks.act(name, 'START');
    await stacks.reaches(name, 'stopped');
    expect(await simulation.objects('/schedule/fay/hangs')).toEqual([]);
  });

  it('a stop time that is over when it starts does not count', async () => {
    const { stacks } = service;
    const { name } = await stacks.add(body('/schedule/fay/over', null, inSeconds(-60)));
    await stacks.bring(name, 'START', 'ready');
    await stacks.bring(name, 'SHUTDOWN', 'shut_down');
    expect((await stacks.get(name)).status).toBe('shut_down');
  });

  it('a new start time while it is scheduled counts from then on; none at all puts it back to stopped', async () => {
    const { stacks } = service;
    const { name } = await stacks.add(body('/schedule/fay/moved', inSeconds(3_600)));
    await stacks.act(name, 'START');
    const { name: other } = await stacks.add(body('/schedule/fay/none', inSeconds(3_600)));
    await stacks.act(other, 'START');
    expect((await stacks.define(body(name, inSeconds(2)))).status).toBe('scheduled');
    await stacks.reaches(name, 'ready');
    expect((await stacks.define(body(other, null))).status).toBe('stopped');
  });
});
