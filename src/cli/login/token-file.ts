/** The tokens that `login` has got, by the address of the API. Only their owner may read the file. */
import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { CommandError } from '../exit-codes.ts';

const signInSchema = z.object({
  issuer: z.string(),
  clientID: z.string(),
  idToken: z.string(),
  refreshToken: z.string().optional(),
  /** Of the ID token, in milliseconds since 1970. */
  expiresAt: z.number(),
});
export type SignIn = z.infer<typeof signInSchema>;

const fileSchema = z.record(z.string(), signInSchema);

export interface TokenFile {
  path: string;
  read(api: string): Promise<SignIn | undefined>;
  /** Only while `alone`, as each change: it puts the whole file in place of what it has read. */
  write(api: string, signIn: SignIn): Promise<void>;
  /** Likewise. Undefined when there was none. */
  remove(api: string): Promise<SignIn | undefined>;
  /** Runs work while no other command on this machine does the same. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

export function openTokenFile(folder: string): TokenFile {
  const path = join(folder, 'tokens.json');
  const replace = async (tokens: Record<string, SignIn>): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // Renamed into place: nobody ever reads half of it, and the mode is right from the beginning.
    const draft = `${path}.${randomUUID()}`;
    try {
      await writeFile(draft, `${JSON.stringify(tokens, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
      await rename(draft, path);
    } finally {
      await rm(draft, { force: true });
    }
  };
  return {
    path,
    read: async (api) => (await readAll(path))[api],
    write: async (api, signIn) => {
      await replace({ ...(await readAll(path)), [api]: signIn });
    },
    remove: async (api) => {
      const { [api]: removed, ...others } = await readAll(path);
      if (removed) await replace(others);
      return removed;
    },
    alone: (work) => whileLocked(folder, work),
  };
}

/** A lock that is so old was left by a command that was killed. */
export const LEFT_BEHIND_MS = 30_000;
const LOOK_EVERY_MS = 50;

async function whileLocked<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = join(folder, 'tokens.lock');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  while (!(await isCreated(lock))) {
    const { mtimeMs } = (await statIfThere(lock)) ?? { mtimeMs: Infinity };
    if (Date.now() - mtimeMs > LEFT_BEHIND_MS) await rm(lock, { force: true });
    else await delay(LOOK_EVERY_MS);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function isCreated(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

async function readAll(path: string): Promise<Record<string, SignIn>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return {};
    throw error;
  }
  const parsed = fileSchema.safeParse(parseJSON(text));
  if (parsed.success) return parsed.data;
  // The parser's own message could quote tokens.
  throw new CommandError('signIn', `${path} can't be read as tokens.`, {
    next: 'Remove it, and run `drydock login`.',
  });
}

function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
