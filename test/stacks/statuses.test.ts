import { beforeAll, describe, expect, it } from 'vitest';
import { STACK_STATUSES, type StackStatus } from '../../src/domain/stacks/statuses.ts';
import type { SimulatedOperation } from '../../src/db/schema/stacks/simulation.ts';
import type { Answer } from '../e2e/rest.ts';
import { depends, instances, plan, type StackBody } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;
beforeAll(async () => {
  service = await startStackService();
});

const HOUR_MS = 3_600_000;
const REQUESTS = ['START', 'STOP', 'SHUTDOWN', 'RESTART', 'DELETE'] as const;
type Request = (typeof REQUESTS)[number];

/** The status that each request begins in each status; a missing request is refused. */
const BEGINS: Record<StackStatus, Partial<Record<Request, StackStatus | 'removed'>>> = {
  stopped: { START: 'starting', DELETE: 'removed' },
  scheduled: { STOP: 'stopped' },
  starting: { STOP: 'stopping' },
  ready: { STOP: 'stopping', SHUTDOWN: 'shutting_down' },
  shutting_down: {},
  shut_down: { STOP: 'stopping', RESTART: 'restarting' },
  restarting: {},
  stopping: {},
  error: { START: 'starting', STOP: 'stopping', RESTART: 'restarting' },
  warning: { STOP: 'stopping', SHUTDOWN: 'shutting_down' },
};

/** The requests that would be accepted instead, as the refusal names them. */
const ADVICE: Record<StackStatus, string> = {
  stopped: 'START or DELETE would be accepted now',
  scheduled: 'STOP would be accepted now',
  starting: 'wait until it has started, or send STOP',
  ready: 'STOP or SHUTDOWN would be accepted now',
  shutting_down: 'wait until that has ended',
  shut_down: 'STOP or RESTART would be accepted now',
  restarting: 'wait until that has ended',
  stopping: 'wait until that has ended',
  error: 'START, STOP or RESTART would be accepted now',
  warning: 'STOP or SHUTDOWN would be accepted now',
};

function body(name: string): StackBody {
  const start = new Date(Date.now() + HOUR_MS).toISOString();
  return {
    name,
    ...(name.includes('/scheduled') ? { schedule: { start_time: start } } : {}),
    oplans: [instances('web', [`${name}-1`, `${name}-2`]), plan('disks', 'storage/volume', [`${name}-disk`])],
    relationships: depends(['web', 'disks']),
  };
}

/** A new stack that stands in this status, and stays there until somebody acts. */
async function standingIn(status: StackStatus, name: string): Promise<void> {
  const { stacks, simulation } = service;
  const instance = `${name}-1`;
  await stacks.add(body(name));
  const slowly = (operation: SimulatedOperation): Promise<void> =>
    simulation.slow('launchplan', instance, operation, HOUR_MS);
  switch (status) {
    case 'stopped':
      return;
    case 'scheduled':
      await stacks.act(name, 'START');
      return;
    case 'starting':
      await slowly('create');
      await stacks.act(name, 'START');
      return;
    case 'error':
      await simulation.fail('launchplan', instance, 'create', { message: 'no capacity' });
      await stacks.bring(name, 'START', 'error');
      return;
    case 'ready':
      await stacks.bring(name, 'START', 'ready');
      return;
    case 'warning':
      await stacks.bring(name, 'START', 'ready');
      await stacks.instance(instance, 'shutdown');
      await stacks.reaches(name, 'warning');
      return;
    case 'shut_down':
      await stacks.bring(name, 'START', 'ready');
      await stacks.bring(name, 'SHUTDOWN', 'shut_down');
      return;
    case 'shutting_down':
      await stacks.bring(name, 'START', 'ready');
      await slowly('stop');
      await stacks.act(name, 'SHUTDOWN');
      return;
    case 'restarting':
      await stacks.bring(name, 'START', 'ready');
      await stacks.bring(name, 'SHUTDOWN', 'shut_down');
      await slowly('start');
      await stacks.act(name, 'RESTART');
      return;
    case 'stopping':
      await stacks.bring(name, 'START', 'ready');
      await slowly('destroy');
      await stacks.act(name, 'STOP');
      return;
  }
}

async function send(request: Request, name: string): Promise<Answer> {
  const { stacks } = service;
  return request === 'DELETE' ? await stacks.tryRemove(name) : await stacks.tryAction(name, request);
}

describe('every status and every request', () => {
  describe.each(STACK_STATUSES)('A69 A74 A78: %s', (status) => {
    it('refuses what does not fit, and names what would', async () => {
      const name = `/refuses/alice/${status}`;
      await standingIn(status, name);
      for (const request of REQUESTS) {
        if (BEGINS[status][request] !== undefined) continue;
        const answer = await send(request, name);
        expect(answer.status, request).toBe(409);
        const { message, detail, type } = answer.body as Record<string, string>;
        expect(type).toBe('urn:drydock:problem:conflict');
        expect(message).toBe(detail);
        expect(message).toMatch(
          new RegExp(
            `^${request} needs the status .*, and the orchestration is ${status}; ${ADVICE[status]}$`,
          ),
        );
        expect((await service.stacks.get(name)).status).toBe(status);
      }
    });

    const permitted = REQUESTS.filter((request) => BEGINS[status][request] !== undefined);
    if (permitted.length === 0) return;
    it.each(permitted)('A88 A89 A90 A91: takes %s', async (request) => {
      const { stacks } = service;
      const name = `/takes/${request}/${status}`;
      await standingIn(status, name);
      const begun = BEGINS[status][request];
      if (begun === 'removed') {
        expect((await stacks.tryRemove(name)).status).toBe(204);
        expect((await send('START', name)).status).toBe(404);
        return;
      }
      // The very answer shows it, and so does the next look: nobody is told the status of before.
      expect((await stacks.act(name, request)).status).toBe(begun);
      const seen = (await stacks.get(name)).status;
      const ends: Partial<Record<string, StackStatus[]>> = {
        starting: ['ready', 'error'],
        stopping: ['stopped'],
        shutting_down: ['shut_down'],
        restarting: ['ready', 'error'],
      };
      expect([begun, ...(ends[begun ?? ''] ?? [])]).toContain(seen);
      const end = ends[begun ?? ''];
      if (end) await stacks.reaches(name, ...end);
    });
  });
});
