/** Where the service is: by `--api`, by DRYDOCK_API, by the configuration file, or on this machine as `npm start` has it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CommandError } from './exit-codes.ts';
import type { Surroundings } from './surroundings.ts';

const DEFAULT_API = 'http://127.0.0.1:8080';

const configSchema = z.strictObject({
  api: z.string().optional(),
  issuer: z.string().optional(),
  clientID: z.string().optional(),
  scope: z.string().optional(),
});

export interface Settings {
  /** Without a slash at its end. */
  api: string;
  /** The folder of the configuration file and of the file with the tokens. */
  folder: string;
  /** How to sign in; what is left out is asked of the service. */
  login: { issuer?: string; clientID?: string; scope?: string };
}

type Outside = Pick<Surroundings, 'env' | 'home'>;

/** `api` is that of the command line. Throws a usage error. */
export function readSettings({ env, home }: Outside, api: string | undefined): Settings {
  const folder = join(given(env['XDG_CONFIG_HOME']) ?? join(home, '.config'), 'drydock');
  const file = join(folder, 'config.json');
  const config = readConfig(file);
  return {
    api: checkedAddress(
      ...(given(api)
        ? ([api ?? '', '--api'] as const)
        : given(env['DRYDOCK_API'])
          ? ([env['DRYDOCK_API'] ?? '', 'DRYDOCK_API'] as const)
          : ([config.api ?? DEFAULT_API, file] as const)),
    ),
    folder,
    login: { issuer: config.issuer, clientID: config.clientID, scope: config.scope },
  };
}

function readConfig(file: string): z.infer<typeof configSchema> {
  if (!existsSync(file)) return {};
  try {
    return configSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const next = 'Write it like {"api": "https://drydock.example.com"}, or remove it.';
    throw new CommandError('usage', `${file} can't be used as a configuration.`, { next, cause: error });
  }
}

function checkedAddress(text: string, from: string): string {
  const isAddress = URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
  if (isAddress) return text.replace(/\/+$/, '');
  throw new CommandError('usage', `${from} has no address: ${text}`, {
    next: 'Give one like https://drydock.example.com.',
  });
}

function given(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text;
}
