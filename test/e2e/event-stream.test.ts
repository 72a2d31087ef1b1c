import { expect, it } from 'vitest';
import { until } from '../support/environment.ts';
import { changesIn, faultsOf, StreamClient, type StreamMessage } from '../support/event-stream.ts';
import { atEndOfFile } from '../support/environment.ts';
import { everything, streamSchemas } from './rest.ts';
import { startService } from './service.ts';

it('a rollout with a canary, an approval and a pause is told as it happens, and as the log of events has it', async () => {
  const { url, rest, tokenFor } = await startService({ fleetSize: 12 });
  const client = new StreamClient({ url, token: await tokenFor('runtimeOperator') });
  atEndOfFile(() => client.disconnect());
  expect(await client.connect()).toBe(200);
  await client.receives('hello');
  const waves = [{ name: 'canary', count: 2, approval: {} }];
  const id = await rest.create(
    everything(4, { strategy: { type: 'parallel', schedule: 'immediate', parallel: { workers: 4 }, waves } }),
  );
  const asked = await client.receives('approval');
  expect(asked.data).toMatchObject({
    change: { toState: 'asking' },
    wave: 0,
    waves: [{ phase: 'asking' }, { phase: 'waiting' }],
  });
  await rest.command('/queue/pause');
  await client.receives('queue');
  await rest.command('/queue/resume');
  await client.receives('queue', 2);
  // The question is asked anew after that.
  await client.receives('approval', 3);
  const question = (await rest.orchestration(id)).waves?.[0]?.['question'] as { number: number };
  await rest.post(`/orchestrations/${id}/approvals/${question.number}`, {
    decision: 'approve',
    reason: 'good',
  });
  await rest.reaches(id, 'succeeded');
  const isLast = ({ event, data }: StreamMessage): boolean =>
    event === 'orchestration' && JSON.stringify(data).includes('"toState":"succeeded"');
  await until(() => client.messages.some(isLast), { what: 'the end is told' });

  for (const { event, data } of client.messages) streamSchemas[event]?.parse(data);
  expect(client.messages.map(({ event }) => event).filter((event) => !(event in streamSchemas))).toEqual([]);
  const log = await rest.events(id);
  expect(faultsOf(client, log)).toEqual([]);
  // Each row as GET has it, and the state that follows from the rows.
  const told = client.messages.flatMap(changesIn);
  // The log names Shoots, too.
  expect([...told].sort((a, b) => a.eventID - b.eventID)).toEqual(
    log.map(({ shootName: _, ...event }) => event),
  );
  expect(client.messages.find(isLast)?.data).toMatchObject({
    orchestration: {
      state: 'succeeded',
      operationStats: { succeeded: 12 },
      waves: [{ phase: 'passed' }, { phase: 'passed' }],
    },
  });
  // A client that is told of the end has been told of every operation.
  expect(told.at(-1)).toMatchObject({ operationID: null, toState: 'succeeded' });
});
