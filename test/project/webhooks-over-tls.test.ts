import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generate } from 'selfsigned';
import { expect, it } from 'vitest';
import { atEndOfTest } from '../support/endings.ts';
import { isSignedBy, newSecret, startReceiver } from '../support/receiver.ts';

const SENDER = join(import.meta.dirname, '../support/send-webhook.ts');

it('a webhook goes over TLS to the name of its URL, and to nobody whose certificate is of another name or not trusted', async () => {
  const name = 'hooks.example.com';
  const certificate = await generate([{ name: 'commonName', value: name }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
  });
  const receiver = await startReceiver(undefined, { key: certificate.private, cert: certificate.cert });
  const folder = mkdtempSync(join(tmpdir(), 'drydock-tls-'));
  atEndOfTest(() => rmSync(folder, { recursive: true }));
  const trusted = join(folder, 'ca.pem');
  writeFileSync(trusted, certificate.cert);
  const secret = newSecret();
  const send = async (host: string, env: NodeJS.ProcessEnv): Promise<unknown> => {
    const url = receiver.url.replace('127.0.0.1', host);
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', SENDER, url, secret], {
      env,
    });
    return JSON.parse(stdout) as unknown;
  };
  const trusting = { NODE_EXTRA_CA_CERTS: trusted };
  const refused = (code: string): unknown => ({ status: null, text: `The connection failed (${code})` });
  expect(await send(name, {})).toEqual(refused('DEPTH_ZERO_SELF_SIGNED_CERT'));
  expect(await send('other.example.com', trusting)).toEqual(refused('ERR_TLS_CERT_ALTNAME_INVALID'));
  expect(receiver.got).toEqual([]);
  expect(await send(name, trusting)).toEqual({ status: 204, text: '' });
  expect(receiver.got.map((one) => [one.id, isSignedBy(secret, one)])).toEqual([['evt_1', true]]);
});
