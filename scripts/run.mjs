/**
 * Every npm script that runs the service or its tests comes through here: it sees to it that Node and the packages are
 * as they must be, and then runs the command in this very process, so that signals and exit codes need no forwarding.
 * Its own words go to standard error: standard output belongs to the command.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findTemporal } from '../src/dev/temporal-program.mjs';
import { hasDevelopmentPackages, installPackages, missingPackages } from './packages.mjs';
import { PROGRAMS, programFile, sourceOf } from './programs.mjs';

/** `build` writes the programs' files and runs none: for an image whose folders are read-only. */
const COMMANDS = [...PROGRAMS, 'build', 'test'];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [command = '', ...args] = process.argv.slice(2);

/** @param {string} sentence */
function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(
    `Drydock needs Node 20.19 or newer, and this is ${process.versions.node}: install a newer Node and try again.`,
  );
}

/**
 * Installs what is missing: `npm ci` leaves out the packages for development, unless this is a test or they were there
 * before. The embedded engine's program, which may have to be built for minutes, is looked for meanwhile.
 */
async function install() {
  const isTest = command === 'test';
  if (missingPackages(root, isTest).length === 0) return;
  process.stderr.write('Installing the packages (npm ci; a minute or so, once)\n');
  const interrupted = new AbortController();
  const interrupt = (/** @type {string} */ _, /** @type {number} */ signal) => {
    interrupted.abort();
    process.exit(128 + signal);
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const withDevelopment = isTest || hasDevelopmentPackages(root);
  try {
    await Promise.all([
      installPackages(root, withDevelopment, process.env.npm_execpath, interrupted.signal),
      needsTemporal() &&
        findTemporal({ env: process.env, say: (line) => void process.stderr.write(`drydock: ${line}\n`) }),
    ]);
  } catch (error) {
    // The other one must not go on for minutes, nor behind an exit.
    interrupted.abort();
    fail(error instanceof Error ? error.message : String(error));
  }
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
}

/** The command reads the settings itself; with any of Temporal's the search is left to it. */
function needsTemporal() {
  const isGiven = Object.keys(process.env).some((name) => name.startsWith('TEMPORAL_'));
  return ['dev', 'demo', 'bench'].includes(command) && !isGiven;
}

/**
 * Answers the file of the last one.
 *
 * @param {string[]} programs
 */
async function compiled(programs) {
  let file = '';
  try {
    for (const program of programs) file = await programFile(root, program);
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
  return file;
}

async function run() {
  if (command === 'test') {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    process.argv = [process.execPath, vitest, 'run', ...args];
    await import(pathToFileURL(vitest).href);
    return;
  }
  const file = await compiled(command === 'build' ? PROGRAMS : [command]);
  if (command === 'build') {
    const { pageFolder } = await import('../src/bin/compose/page-build.mjs');
    await pageFolder();
    return;
  }
  process.argv = [process.execPath, sourceOf(root, command), ...args];
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(file).href);
}

checkNode();
if (!COMMANDS.includes(command)) fail(`Say what to run: node scripts/run.mjs ${COMMANDS.join(' | ')}`);
process.chdir(root);
await install();
await run();
