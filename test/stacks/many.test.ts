import pLimit from 'p-limit';
import { expect, it } from 'vitest';
import { expectStatus } from '../e2e/rest.ts';
import { depends, instances, plan, type StackBody, type StackClient } from '../support/stacks/definitions.ts';
import { startStackService } from './service.ts';

function body(number: number): StackBody {
  const at = (name: string): string => `/many/s${number}/${name}`;
  const four = (name: string): string[] => [1, 2, 3, 4].map((index) => at(`${name}-${index}`));
  return {
    name: at('stack'),
    oplans: [
      instances('web', four('web')),
      plan('disks', 'storage/volume', four('disk')),
      plan('addresses', 'ip/reservation', [at('address-1'), at('address-2')]),
    ],
    relationships: depends(['web', 'disks'], ['web', 'addresses']),
  };
}

/** Sent again while no worker answers in time, as a busy one may not; then the one before may have been carried out. */
async function start(stacks: StackClient, name: string): Promise<void> {
  let answer = await stacks.tryAction(name, 'START');
  const isUnsure = answer.status === 503;
  while (answer.status === 503) answer = await stacks.tryAction(name, 'START');
  if (isUnsure && answer.status === 409) return;
  expectStatus(200, answer);
}

it('100 stacks of 10 objects, started at once, all get ready, and every object is made once', async () => {
  const { rest, stacks, simulation } = await startStackService();
  const bodies = Array.from({ length: 100 }, (_, number) => body(number));
  const limit = pLimit(10);
  await Promise.all(bodies.map((one) => limit(() => stacks.add(one))));
  await Promise.all(bodies.map(({ name }) => start(stacks, name)));
  for (const { name } of bodies) await stacks.reaches(name, 'ready');

  const created = (await simulation.journal('/many/')).filter(({ operation }) => operation === 'create');
  expect(created).toHaveLength(1_000);
  expect(new Set(created.map(({ name }) => name)).size).toBe(1_000);
  const list = await rest.request('GET', '/orchestration/many/?status=ready');
  expect((list.body as { result: unknown[] }).result).toHaveLength(100);
});
