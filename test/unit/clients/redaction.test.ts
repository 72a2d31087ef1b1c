import { describe, expect, it } from 'vitest';
import { createInventoryClient } from '../../../src/clients/upgrades/gardener.ts';
import { createProvisionerClient } from '../../../src/clients/upgrades/provisioner.ts';
import type { KymaConfig } from '../../../src/domain/upgrades/operation-config.ts';
import { kubeConfigFor, serve, type Answer } from './http-answers.ts';

/** A small generator with a seed: every run tests the same cases, and a failure names its seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0;
    return state % below;
  };
}

const ALPHABET = Array.from('abcdefghijklmnopqrstuvwxyz0123456789"\\ \n\t<&ü🔑');

function secretOf(random: (below: number) => number): string {
  const length = [12, 40, 499, 500, 501, 2_000][random(6)] ?? 12;
  return Array.from({ length }, () => ALPHABET[random(ALPHABET.length)]).join('');
}

/** As the package encoding/json of Go writes it. */
const goJSON = (text: string): string =>
  JSON.stringify(text).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);

/** The ways in which an outside system may repeat a value. */
const SPELLINGS: Record<string, (secret: string) => string> = {
  'as it is': (secret) => secret,
  'as JSON': (secret) => JSON.stringify({ value: secret }),
  'as JSON of Go': (secret) => `{"value":${goJSON(secret)}}`,
  'as JSON within JSON': (secret) => JSON.stringify(JSON.stringify({ value: secret })),
  'with collapsed white space': (secret) => secret.replace(/\s+/g, ' ').trim(),
  'with its lines broken': (secret) => secret.replace(/.{20}(?<!\\)/gu, '$&\n  '),
  'twice in a row': (secret) => secret + secret,
};

/** Texts that no spelling changes. */
const coreOf = (text: string): string =>
  text.replace(/\\u00([0-9a-f]{2})/g, unescaped).replace(/\\+[nt]?|\s/g, '');
const unescaped = (_: string, code: string): string => String.fromCharCode(parseInt(code, 16));

/** The longest part of the secret that the text still has, up to 12 characters of it. */
function leakedPart(text: string, secret: string): string | undefined {
  const core = coreOf(secret);
  const shown = coreOf(text);
  const length = Math.min(core.length, 8);
  for (let at = 0; at + length <= core.length; at += 1) {
    const part = core.slice(at, at + length);
    if (shown.includes(part)) return part;
  }
  return undefined;
}

const failure = (message: string): Answer => ({
  json: { data: null, errors: [{ message, extensions: { error_code: 400 } }] },
});
const configWith = (value: string): KymaConfig => ({
  version: '2.20.5',
  components: [],
  configuration: [{ key: 'k', value, secret: true }],
});
const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it succeeded',
    (error: unknown) => String(error),
  );

describe('a secret that an outside system repeats', () => {
  it.each(Object.entries(SPELLINGS))(
    'is never shown in part, however long and wherever: %s',
    async (_, spell) => {
      let answer = failure('');
      const api = await serve(() => answer);
      const client = createProvisionerClient({ url: api.url });
      for (let seed = 1; seed <= 40; seed += 1) {
        const random = randomOf(seed);
        const secret = secretOf(random);
        const before = '='.repeat([0, 10, 480, 495, 499, 500, 501][random(7)] ?? 0);
        answer = failure(`${before}${spell(secret)} is not valid`);
        const message = await messageOf(client.upgradeRuntime('runtime-1', configWith(secret)));
        expect(message).toContain('The Provisioner refused');
        expect({ seed, leaked: leakedPart(message, secret) }).toEqual({ seed, leaked: undefined });
      }
    },
  );

  it('is hidden also when an error is about an upgrade that was sent before', async () => {
    const api = await serve(() => failure(`can't read ${'s3cr3t-'.repeat(90)}`));
    const client = createProvisionerClient({ url: api.url });
    const secrets = ['s3cr3t-'.repeat(90)];
    const known = { secrets: () => Promise.resolve(secrets) };
    expect(await messageOf(client.operationStatus('op-1', known))).toMatch(/can't read \*{8}$/);
    const unknown = { secrets: () => Promise.resolve(undefined) };
    expect(await messageOf(client.lastOperation('runtime-1', unknown))).toContain('is not shown');
  });

  it('may be a token that cannot be sent, or a password in a URL', async () => {
    const token = 'not-a-header\nvalue';
    const withToken = createProvisionerClient({
      url: 'http://127.0.0.1:9',
      credentials: { kind: 'token', token },
    });
    expect(await messageOf(withToken.operationStatus('op-1'))).not.toContain('not-a-header');
    const withPassword = createProvisionerClient({ url: 'http://user:hush-hush@127.0.0.1:9' });
    expect(await messageOf(withPassword.operationStatus('op-1'))).not.toContain('hush-hush');
  });

  it('may be the token of a kubeconfig', async () => {
    const token = 'kubernetes-token-'.repeat(40);
    const api = await serve(() => ({
      status: 403,
      json: {
        kind: 'Status',
        reason: 'Forbidden',
        message: `${'-'.repeat(470)}${token} may not list shoots`,
      },
    }));
    const kubeConfig = kubeConfigFor(api.url);
    kubeConfig.users = [{ name: 'drydock', token }];
    kubeConfig.contexts = kubeConfig.contexts.map((context) => ({ ...context, user: 'drydock' }));
    const pages = createInventoryClient({ kubeConfig, namespace: 'garden' }).pages({});
    const message = await messageOf(pages[Symbol.asyncIterator]().next());
    expect(message).toContain('answered 403');
    expect(message).not.toContain('kubernetes-t');
  });
});

describe('a quoted text', () => {
  it('stands on one line, is cut, and no character is cut in two', async () => {
    const api = await serve(() => failure(`a \n\t b ${'x'.repeat(495)}🔑 and so on`));
    const message = await messageOf(createProvisionerClient({ url: api.url }).upgradeShoot('runtime-1', {}));
    expect(message).toMatch(/refused: a b x{495}…$/);
  });
});
