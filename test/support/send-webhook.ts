/** Sends one webhook to the URL of the command line, whose name is said to be this machine, and prints the answer. */
import type { lookup } from 'node:dns';
import { createWebhookSender } from '../../src/clients/webhooks/webhook-sender.ts';
import { parseNetwork } from '../../src/domain/webhooks/permitted-addresses.ts';

const [url = '', secret = ''] = process.argv.slice(2);
type Told = (error: null, addresses: { address: string; family: number }[]) => void;
const resolve = ((_name: string, _options: unknown, tell: Told) =>
  tell(null, [{ address: '127.0.0.1', family: 4 }])) as unknown as typeof lookup;
const sender = createWebhookSender({ networks: [parseNetwork('127.0.0.0/8')], resolve });
const answer = await sender.send({ url, eventID: 'evt_1', body: '{}', secrets: [secret] }, Date.now());
process.stdout.write(JSON.stringify(answer));
