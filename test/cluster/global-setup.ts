/** Starts one control plane for the whole run, beside PostgreSQL and Temporal, and stops it after it. */
import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { createRunFolder } from '../support/leftovers.ts';
import { controlPlaneFolder, startControlPlane } from './control-plane.ts';
import { buildPrograms, findPrograms } from './programs.ts';

const say = (line: string): void => console.error(`[tests] ${line}`);

declare module 'vitest' {
  export interface ProvidedContext {
    controlPlane: { kubeconfigPath: string; etcdURL: string };
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let programs = findPrograms(process.env);
  if (!programs) {
    say('building a Kubernetes control plane with Go (about ten minutes on two cores, once)');
    programs = await buildPrograms(process.env, say);
  }
  const folder = createRunFolder();
  // An interrupted run gets no teardown from vitest.
  process.once('exit', folder.discard);
  const remove = (): void => rmSync(folder.path, { recursive: true, force: true });
  say('starting the Kubernetes control plane');
  try {
    const plane = await startControlPlane({
      programs,
      folder: controlPlaneFolder(folder.path),
      onSpawn: folder.note,
    });
    const { kubeconfigPath, etcdURL } = plane;
    project.provide('controlPlane', { kubeconfigPath, etcdURL });
    // The tests that wait for it fail by themselves; this says why.
    plane.failed.catch((error: unknown) => say(String(error)));
    return async () => {
      await plane.stop();
      remove();
    };
  } catch (error) {
    remove();
    throw error;
  }
}
