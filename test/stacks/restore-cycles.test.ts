import { beforeAll, expect, it } from 'vitest';
import { instances, plan, type StackBody } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;
beforeAll(async () => {
  service = await startStackService();
});

it('a restore refuses a stack that would hold itself together with what exists now', async () => {
  const { rest, stacks } = service;
  const [a, b] = ['/cycle/kim/a', '/cycle/kim/b'];
  const holding = (name: string, held: string[]): StackBody => ({
    name,
    oplans: [
      instances('web', [`${name}-web`]),
      ...held.map((other) => plan('held', 'orchestration', [other])),
    ],
  });
  await stacks.add(holding(b, []));
  await stacks.add(holding(a, [b]));
  const { id } = (await rest.post('/backups', {})).body as { id: string };
  expect((await stacks.tryRemove(a)).status).toBe(204);
  await stacks.define(holding(b, [a]));
  const { body } = await rest.post(`/backups/${id}/restore`, {});
  expect((body as { refused: unknown[] }).refused).toEqual([
    { name: a, reason: expect.stringContaining(`${a} -> ${b} -> ${a}`) as string },
  ]);
  expect((await rest.request('GET', `/orchestration${a}`)).status).toBe(404);
});
