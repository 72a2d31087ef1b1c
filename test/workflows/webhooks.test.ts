import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { createWebhookSender } from '../../src/clients/webhooks/webhook-sender.ts';
import { ensureWebhooks } from '../../src/clients/webhooks/webhook-start.ts';
import { WEBHOOKS_WORKFLOW_ID } from '../../src/workflows/contract/webhooks.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { newSecret, startReceiver, status } from '../support/receiver.ts';
import { LOOPBACK, Rig } from '../support/rig.ts';

const typeOf = ({ body }: { body: string }): string => (JSON.parse(body) as { type: string }).type;

it('tells of an upgrade in waves from beginning to end, over workers that come and go, and starts again when it is missing', async () => {
  const tuning = { webhookSeconds: 0.1, webhookShiftSeconds: 1, heartbeatSeconds: 2 };
  // A request is broken off by the end of its worker, and not by its own.
  const sender = createWebhookSender({ networks: LOOPBACK, limitMs: 60_000 });
  const outside = { webhooks: { sender, stalledMs: 3_600_000 } };
  const rig = await Rig.start({ fleet: new FleetInMemory(3), tuning, outside });
  const receiver = await startReceiver();
  const webhook = { url: receiver.url, description: '', events: [], secret: newSecret(), createdBy: 'alice' };
  await rig.repositories.webhooks.add({ ...webhook, id: randomUUID(), now: new Date().toISOString() }, 50);
  // Nobody has started it yet: the reconciler does so, once.
  expect(await rig.reconcile()).toContain('telling webhooks started again');
  await ensureWebhooks(rig.client, tuning);

  const id = await rig.request({ workers: 2, waves: [{ name: 'canary', count: 1 }] });
  await until(() => receiver.got.map(typeOf).includes('orchestration.started'), {
    what: 'it is told that the orchestration has begun',
  });
  // A worker ends in the middle, with a request under way.
  receiver.answers = () => undefined;
  await rig.ends(id);
  await rig.stopWorkers();
  receiver.answers = status(204);
  await rig.startWorkers();
  const ended = receiver.got.length;
  await until(() => receiver.got.slice(ended).map(typeOf).includes('orchestration.ended'), {
    what: 'it is told that it has ended',
  });
  const wanted = [
    'orchestration.created',
    'orchestration.started',
    'wave.started',
    'wave.ended',
    'wave.started',
    'wave.ended',
    'orchestration.ended',
  ];
  await until(() => new Set(receiver.got.map((one) => one.id)).size === wanted.length, {
    what: 'it is told of everything',
  });
  const once = new Map(receiver.got.map((one) => [one.id, typeOf(one)]));
  expect([...once.values()].sort()).toEqual(wanted.sort());

  // Neither secrets nor addresses nor what was told are in the history.
  const { events } = await rig.client.workflow.getHandle(WEBHOOKS_WORKFLOW_ID).fetchHistory();
  const history = JSON.stringify(events, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString() : value,
  );
  for (const hidden of [webhook.secret, receiver.url, id]) expect(history).not.toContain(hidden);

  await rig.client.workflow.getHandle(WEBHOOKS_WORKFLOW_ID).terminate('to be started again');
  expect(await rig.reconcile()).toEqual(['telling webhooks started again']);
  expect(await rig.reconcile()).toEqual([]);
});
