/** `npm run --silent token -- --group runtimeAdmin`: prints an ID token of the local issuer, and nothing else. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigurationError, loadConfig } from '../config/index.ts';
import { recordedPort } from '../dev/data-folder.ts';
import { mintToken } from '../dev/issuer/index.ts';
import { FIRST_PORTS, issuerFolder } from './compose/embedded.ts';
import { runProgram } from './compose/shutdown.ts';

const USAGE =
  'Usage: npm run --silent token -- --group NAME [--group NAME] [--subject WHO] [--expires SECONDS]\n' +
  '(groups: by default runtimeAdmin and runtimeOperator mean something; --expires is 28800, eight hours, unless given)';

const say = (line: string): void => console.error(line);

await runProgram({ say, env: process.env }, async () => {
  const { groups, subject, expiresInSeconds } = readArguments();
  const config = loadConfig(process.env);
  if (config.oidc.issuer !== undefined) {
    throw new ConfigurationError([
      `Tokens come from ${config.oidc.issuer}, since OIDC_ISSUER is set: get one there, or unset it to use the local issuer.`,
    ]);
  }
  if (!existsSync(join(issuerFolder(config.dataDir), 'issuer-key.json'))) {
    throw new Error(
      `No service has run on the data folder ${resolve(config.dataDir)}, so no token would be accepted: start it there first (npm start), or set DRYDOCK_DATA_DIR to the folder of the one that runs.`,
    );
  }
  const port = recordedPort(config.dataDir, 'issuer') ?? FIRST_PORTS.issuer;
  const token = await mintToken({
    dataDir: issuerFolder(config.dataDir),
    issuerURL: `http://127.0.0.1:${port}`,
    audience: config.oidc.audience,
    subject,
    groups,
    expiresInSeconds,
  });
  console.log(token);
  return 0;
});

function readArguments(): { groups: string[]; subject: string; expiresInSeconds: number } {
  const read = (): ReturnType<typeof parse> => {
    try {
      return parse();
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`, {
        cause: error,
      });
    }
  };
  const { group, subject, expires } = read();
  const expiresInSeconds = Number(expires);
  if (group === undefined) throw new Error(`Say for which group.\n${USAGE}`);
  if (!Number.isInteger(expiresInSeconds))
    throw new Error(`--expires must be a whole number of seconds.\n${USAGE}`);
  return { groups: group, subject, expiresInSeconds };
}

function parse(): { group?: string[]; subject: string; expires: string } {
  return parseArgs({
    args: process.argv.slice(2),
    options: {
      group: { type: 'string', multiple: true },
      subject: { type: 'string', default: 'developer' },
      expires: { type: 'string', default: '28800' },
    },
  }).values;
}
