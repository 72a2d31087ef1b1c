import type { LookupAddress, lookup as lookUp } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { createWebhookSender, signedHeaders } from '../../../src/clients/webhooks/webhook-sender.ts';
import { faultOfURL } from '../../../src/clients/webhooks/webhook-url.ts';
import { kindOfAddress, parseNetwork } from '../../../src/domain/webhooks/permitted-addresses.ts';
import { isSignedBy, newSecret, startReceiver } from '../../support/receiver.ts';

const LOOPBACK = ['127.0.0.0/8', '::1/128'].map(parseNetwork);
const EVENT = { eventID: 'evt_1', body: '{"type":"webhook.test"}' };

/** Answers these addresses for any name, and counts the look-ups. */
function resolving(...addresses: string[]): { resolve: typeof lookUp; asked: string[] } {
  const asked: string[] = [];
  const resolve = (
    name: string,
    _options: unknown,
    callback: (error: null, found: LookupAddress[]) => void,
  ): void => {
    asked.push(name);
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { resolve: resolve as typeof lookUp, asked };
}

describe('an address', () => {
  it.each([
    ...['127.0.0.1', '127.8.8.8', '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1'],
    ...['0.0.0.0', '255.255.255.255', '224.0.0.1', '192.0.2.1', '198.18.0.1', '240.0.0.1'],
    ...['::', '::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::7f00:1', '64:ff9b::7f00:1', '2002:7f00:1::1'],
    ...['fe80::1', 'fe80::1%eth0', 'fd00::1', 'fec0::1', 'ff02::1', '2001:db8::1', 'nonsense', ''],
  ])("%s is nobody's", (address) => {
    expect(kindOfAddress(address, [])).toBeUndefined();
  });

  it.each(['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) => {
    expect(kindOfAddress(address, [])).toBe('public');
  });

  it('is allowed by a network of its own kind', () => {
    const networks = ['10.0.0.0/8', 'fd00::/8'].map(parseNetwork);
    expect(kindOfAddress('10.1.2.3', networks)).toBe('allowed');
    expect(kindOfAddress('::ffff:10.1.2.3', networks)).toBe('allowed');
    expect(kindOfAddress('fd12::1', networks)).toBe('allowed');
    expect(kindOfAddress('11.1.2.3', networks)).toBe('public');
    expect(kindOfAddress('127.0.0.1', networks)).toBeUndefined();
  });
});

describe('a name', () => {
  it.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', 'fd00::1'])(
    'that leads to %s is not sent to',
    async (address) => {
      const receiver = await startReceiver();
      const { resolve, asked } = resolving(address);
      const sender = createWebhookSender({ networks: [], resolve });
      const url = receiver.url.replace('http://127.0.0.1', 'https://hooks.example.com');
      const answer = await sender.send({ ...EVENT, url, secrets: [newSecret()] }, Date.now());
      expect(answer).toEqual({
        status: null,
        text: 'The name of the URL leads to no address that may be sent to',
      });
      expect(asked).toEqual(['hooks.example.com']);
      expect(receiver.got).toEqual([]);
    },
  );

  it('is looked up once, and the connection goes to what was looked at', async () => {
    const receiver = await startReceiver();
    const { resolve, asked } = resolving('10.255.255.1', '127.0.0.1');
    const sender = createWebhookSender({ networks: LOOPBACK, resolve });
    const url = receiver.url.replace('127.0.0.1', 'hooks.example.com');
    const secret = newSecret();
    const answer = await sender.send({ ...EVENT, url, secrets: [secret] }, Date.now());
    expect(answer).toEqual({ status: 204, text: '' });
    expect(asked).toEqual(['hooks.example.com']);
    expect(receiver.got.map((one) => [one.id, isSignedBy(secret, one)])).toEqual([['evt_1', true]]);
  });

  it('that nobody knows, and a URL that is not permitted any more, are answers', async () => {
    const resolve = ((_name: string, _options: unknown, callback: (error: Error) => void) =>
      callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))) as unknown as typeof lookUp;
    const sender = createWebhookSender({ networks: [], resolve });
    const send = async (url: string) =>
      await sender.send({ ...EVENT, url, secrets: [newSecret()] }, Date.now());
    expect(await send('https://hooks.example.com/')).toEqual({
      status: null,
      text: 'The connection failed (ENOTFOUND)',
    });
    expect(await send('http://127.0.0.1/')).toMatchObject({ status: null });
    expect(await send('https://[::1]/')).toMatchObject({ status: null });
  });
});

it('http to a public address is refused, also where networks are allowed', async () => {
  const { resolve } = resolving('8.8.8.8');
  const sender = createWebhookSender({ networks: LOOPBACK, resolve });
  const request = { ...EVENT, url: 'http://hooks.example.com/', secrets: [newSecret()] };
  expect(await sender.send(request, Date.now())).toMatchObject({
    text: 'The name of the URL leads to no address that may be sent to',
  });
  expect(faultOfURL('http://8.8.8.8/', LOOPBACK)).toBeDefined();
  expect(faultOfURL('https://8.8.8.8/', LOOPBACK)).toBeUndefined();
});

it('the reference library accepts what is signed, by either of two secrets', () => {
  const secrets = [newSecret(), newSecret()];
  const headers = signedHeaders('evt_1', EVENT.body, secrets, Date.now());
  for (const secret of secrets)
    expect(new Webhook(secret).verify(EVENT.body, headers)).toEqual({ type: 'webhook.test' });
  expect(() => new Webhook(newSecret()).verify(EVENT.body, headers)).toThrow();
  expect(() => new Webhook(secrets[0] ?? '').verify(`${EVENT.body} `, headers)).toThrow();
});

it('an answer without end is read as far as it is kept', async () => {
  const receiver = await startReceiver((_received, response) => {
    response.writeHead(200);
    response.write('ö'.repeat(3_000));
  });
  const sender = createWebhookSender({ networks: LOOPBACK });
  const request = { ...EVENT, url: receiver.url, secrets: [newSecret()] };
  expect(await sender.send(request, Date.now())).toEqual({ status: 200, text: `${'ö'.repeat(500)}…` });
});
