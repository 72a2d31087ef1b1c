/** The workflow code, at most one test file bundling it at a time: that takes seconds, and every worker needs it. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowBundle } from '@temporalio/worker';
import { workflowBundle as bundle } from '../../src/bin/compose/workflow-bundle.ts';
import { cacheFolder } from '../../src/config/index.ts';
import { servers, until } from './environment.ts';

/** The bundle for `startWorkers({ bundle })` or `Worker.create({ workflowBundle })`. */
export async function workflowBundle(): Promise<WorkflowBundle> {
  const file = join(servers().folder, 'workflow-bundle.json');
  const lock = `${file}.lock`;
  if (!existsSync(file) && takeLock(lock)) {
    try {
      writeFileSync(`${file}.new`, JSON.stringify(await bundle({ cacheDir: cacheFolder(process.env) })));
      renameSync(`${file}.new`, file);
    } catch (error) {
      rmSync(lock, { recursive: true });
      throw error;
    }
  }
  await until(() => existsSync(file), { what: 'the workflow bundle of another test file' });
  return JSON.parse(readFileSync(file, 'utf8')) as WorkflowBundle;
}

function takeLock(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
