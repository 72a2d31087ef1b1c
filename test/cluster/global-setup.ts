/** Starts one control plane for the whole run, beside PostgreSQL and Temporal, and stops it after it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { say, withRunFolder } from '../support/run-servers.ts';
import { startControlPlane } from './control-plane.ts';
import { buildPrograms, findPrograms } from './programs.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    controlPlane: { kubeconfigPath: string; etcdURL: string };
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  return await withRunFolder(async (run, stopWith) => {
    let programs = findPrograms(process.env);
    if (!programs) {
      say('building a Kubernetes control plane with Go (about ten minutes on two cores, once)');
      programs = await buildPrograms(process.env, say);
    }
    say('starting the Kubernetes control plane');
    const folder = join(run.path, 'control-plane');
    mkdirSync(folder);
    const { kubeconfigPath, etcdURL, failed, stop } = await startControlPlane({
      programs,
      folder,
      onSpawn: run.note,
    });
    stopWith(stop);
    // The tests that wait for it fail by themselves; this says why.
    failed.catch((error: unknown) => say(String(error)));
    project.provide('controlPlane', { kubeconfigPath, etcdURL });
  });
}
