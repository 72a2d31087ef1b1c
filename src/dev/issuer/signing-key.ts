import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';

/** The only algorithm of the local issuer, which every OpenID Connect client must know (OIDC Core 1.0, section 15.1). */
export const SIGNING_ALGORITHM = 'RS256';

const SigningKeySchema = z.object({
  kty: z.literal('RSA'),
  kid: z.string().min(1),
  alg: z.literal(SIGNING_ALGORITHM),
  use: z.literal('sig'),
  n: z.string(),
  e: z.string(),
  d: z.string(),
  p: z.string(),
  q: z.string(),
  dp: z.string(),
  dq: z.string(),
  qi: z.string(),
});

/** The issuer's private key as a JSON Web Key (RFC 7517). Never logged, never sent. */
export type SigningKey = z.infer<typeof SigningKeySchema>;

/**
 * Reads the signing key of a data directory and creates it when there is none. Several processes may do so at once:
 * one key wins and all of them get that one.
 * @throws Error when the file is there but holds no usable key.
 */
export async function loadSigningKey(dataDir: string): Promise<SigningKey> {
  const file = join(dataDir, 'issuer-key.json');
  return (await readKey(file)) ?? (await createKey(dataDir, file));
}

async function readKey(file: string): Promise<SigningKey | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const parsed = SigningKeySchema.safeParse(parseJSON(text));
  if (parsed.success) return parsed.data;
  // The parser's own message could quote parts of the key.
  throw new Error(`${file} holds no usable signing key. Delete it: a new one is made, and older tokens end.`);
}

async function createKey(dataDir: string, file: string): Promise<SigningKey> {
  await mkdir(dataDir, { recursive: true });
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { modulusLength: 2048, extractable: true });
  const jwk = await exportJWK(privateKey);
  const key = SigningKeySchema.parse({
    ...jwk,
    kid: await calculateJwkThumbprint(jwk),
    alg: SIGNING_ALGORITHM,
    use: 'sig',
  });
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, `${JSON.stringify(key, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    // A link, unlike a rename, refuses to replace the key that another process has made meanwhile.
    await link(draft, file);
    return key;
  } catch (error) {
    const winner = hasCode(error, 'EEXIST') ? await readKey(file) : undefined;
    if (winner) return winner;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
