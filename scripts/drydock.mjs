#!/usr/bin/env node
/** The command `drydock`, which `npx drydock` and `npm link` find: compiles its sources, and runs them in this process. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
if (!existsSync(join(root, 'node_modules', 'yargs'))) {
  process.stderr.write(`drydock: its packages are missing: run \`npm ci --omit=dev\` in ${root}\n`);
  process.exit(1);
}
const { programFile, sourceOf } = await import('./programs.mjs');
try {
  const file = await programFile(root, 'drydock');
  process.argv = [process.execPath, sourceOf(root, 'drydock'), ...process.argv.slice(2)];
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(file).href);
} catch (error) {
  process.stderr.write(`drydock: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
