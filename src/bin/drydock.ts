/** The command line `drydock`, with this process around it. */
import { runCommandLine } from '../cli/index.ts';
import { processSurroundings } from './compose/process-surroundings.ts';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The second one ends it at once.
  process.once(signal, () => interrupted.abort());
}
// As `drydock list | head` ends it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runCommandLine(
  process.argv.slice(2),
  processSurroundings(process.env, interrupted.signal),
);
