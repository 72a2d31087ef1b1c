/** Writes a workflow's history, as Temporal's own program gives it, beside the replay test. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { servers } from '../support/environment.ts';
import type { Rig } from '../support/rig.ts';

export const FOLDER = 'test/replay/histories';
const STICKY = 'TASK_QUEUE_KIND_STICKY';

export async function record(rig: Rig, name: string, workflowID: string, runID?: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const { stdout } = await promisify(execFile)(
    servers().temporalProgram,
    [
      ...['workflow', 'show', '--output', 'json', '--workflow-id', workflowID],
      ...(runID === undefined ? [] : ['--run-id', runID]),
      ...['--namespace', rig.namespace, '--address', servers().temporalAddress],
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  const history = JSON.stringify(JSON.parse(stdout), withoutIdentity, 1);
  writeFileSync(join(FOLDER, `${name}.json`), `${history}\n`);
}

/** Process, machine and folders of whoever recorded are nobody's business. */
function withoutIdentity(key: string, value: unknown): unknown {
  if (key === 'stackTrace') return '';
  // A worker's own queue is named after its process and machine.
  const isSticky = typeof value === 'object' && value !== null && 'kind' in value && value.kind === STICKY;
  if (isSticky) return { ...value, name: 'recorded' };
  return key === 'identity' || key === 'workerInstanceKey' ? 'recorded' : value;
}
