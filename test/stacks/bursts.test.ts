import { beforeAll, expect, it } from 'vitest';
import type { Answer } from '../e2e/rest.ts';
import { instances } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;
beforeAll(async () => {
  service = await startStackService();
});

/** The statuses that clients have begun, by the events. */
async function begun(name: string): Promise<string[]> {
  const answer = await service.rest.request('GET', `/orchestration${name}/events?page_size=100`);
  const { data } = answer.body as { data: { actor: string; toState: string | null; kind: string }[] };
  return data.flatMap(({ actor, toState, kind }) =>
    kind === 'status' && actor === 'tester' && toState !== null ? [toState] : [],
  );
}

function accepted(answers: Answer[]): Answer[] {
  expect(answers.map(({ status }) => status).filter((status) => status !== 200 && status !== 409)).toEqual(
    [],
  );
  return answers.filter(({ status }) => status === 200);
}

// Temporal takes 10 updates of one workflow at once.
it('of 20 STARTs at once one is taken, and the others are told what it has begun', async () => {
  const { stacks } = service;
  const name = '/burst/una/start';
  await stacks.add({ name, oplans: [instances('web', [`${name}-1`, `${name}-2`])] });
  for (const [action, end] of [
    ['START', 'ready'],
    ['STOP', 'stopped'],
    ['START', 'ready'],
  ] as const) {
    const before = (await begun(name)).length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => stacks.tryAction(name, action)));
    expect(accepted(answers)).toHaveLength(1);
    await stacks.reaches(name, end);
    expect(await begun(name)).toHaveLength(before + 1);
  }
});

it('of STOPs and SHUTDOWNs at once every one that took effect was accepted, and no other', async () => {
  const { stacks } = service;
  const name = '/burst/una/mixed';
  await stacks.add({ name, oplans: [instances('web', [`${name}-1`])] });
  for (let round = 0; round < 5; round += 1) {
    await stacks.bring(name, 'START', 'ready');
    const before = (await begun(name)).length;
    const actions = Array.from({ length: 16 }, (_, index) => (index % 2 === 0 ? 'STOP' : 'SHUTDOWN'));
    const answers = await Promise.all(actions.map((action) => stacks.tryAction(name, action)));
    const taken = accepted(answers).map(({ body }) => (body as { status: string }).status);
    expect((await begun(name)).slice(before).sort()).toEqual(taken.sort());
    const { status } = await stacks.reaches(name, 'stopped', 'shut_down');
    if (status === 'shut_down') await stacks.bring(name, 'STOP', 'stopped');
  }
});

it('20 new definitions at once are all taken while it is stopped, and one of them stands', async () => {
  const { stacks } = service;
  const name = '/burst/una/definitions';
  const body = { name, oplans: [instances('web', [`${name}-1`])] };
  await stacks.add(body);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => stacks.tryDefine(name, { ...body, description: `${index}` })),
  );
  expect(accepted(answers)).toHaveLength(20);
  const sent = answers.map((_, index) => `${index}`);
  expect(sent).toContain((await stacks.get(name))['description']);
});
