/**
 * Every npm script that runs the service or its tests comes through here: it sees to it that Node and the packages are
 * as they must be, and then runs the command in this very process, so that signals and exit codes need no forwarding.
 * What it says goes to standard error: standard output belongs to the command.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PROGRAMS = ['dev', 'demo', 'token', 'api', 'worker', 'migrate', 'installation', 'bench'];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [command, ...args] = process.argv.slice(2);

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(
    `Drydock needs Node 20.19 or newer, and this is ${process.versions.node}: install a newer Node and try again.`,
  );
}

/** The lock file's packages that are not installed in that version; without the optional ones of other systems. */
function missingPackages(withDevelopment) {
  const installedFile = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return ['all'];
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted)
    .filter(([path, entry]) => path !== '' && !entry.optional && !entry.devOptional)
    .filter(([, entry]) => withDevelopment || !entry.dev)
    .filter(([path, entry]) => installed[path]?.version !== entry.version)
    .map(([path]) => path);
}

function install() {
  const missing = missingPackages(command === 'test');
  if (missing.length === 0) return;
  process.stderr.write('Installing the packages (npm ci; a minute or so, once)\n');
  const npm = process.env.npm_execpath;
  const [program, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const { status, error } = spawnSync(program, [...first, 'ci', '--loglevel=warn', '--progress=false'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (error) fail(`npm can't be run (${error.message}): install npm, or run \`npm ci\` by hand.`);
  if (status !== 0) fail('The packages could not be installed; see above, then try again.');
}

async function run() {
  if (command === 'test') {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    process.argv = [process.execPath, vitest, 'run', ...args];
    await import(pathToFileURL(vitest).href);
    return;
  }
  const program = join(root, 'src', 'bin', `${command}.ts`);
  process.argv = [process.execPath, program, ...args];
  const { register } = await import('tsx/esm/api');
  register();
  await import(pathToFileURL(program).href);
}

checkNode();
if (command !== 'test' && !PROGRAMS.includes(command)) {
  fail(`Say what to run: node scripts/run.mjs ${[...PROGRAMS, 'test'].join(' | ')}`);
}
process.chdir(root);
install();
await run();
