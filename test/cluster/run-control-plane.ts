/** A control plane as a run of the tests has it, in a process of its own that can be ended. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setInterval } from 'node:timers';
import { say, withRunFolder } from '../support/run-servers.ts';
import { startControlPlane } from './control-plane.ts';
import { findPrograms } from './programs.ts';

await withRunFolder(async (run, stopWith) => {
  const programs = findPrograms(process.env);
  if (!programs) throw new Error('The control plane has not been built');
  const folder = join(run.path, 'control-plane');
  mkdirSync(folder);
  const { stop } = await startControlPlane({ programs, folder, onSpawn: run.note });
  stopWith(stop);
});
say('the control plane is ready');
// The servers do not keep it running.
setInterval(() => undefined, 60_000);
