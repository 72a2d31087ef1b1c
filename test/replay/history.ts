/** Writes a workflow's history, as Temporal's own program gives it, beside the replay test. */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { z } from 'zod';
import { isNotFound } from '../../src/clients/grpc-status.ts';
import { operationWorkflowID } from '../../src/workflows/contract/upgrades.ts';
import { servers, temporalOf, until } from '../support/environment.ts';
import type { FleetInMemory } from '../support/fleet.ts';
import type { Rig } from '../support/rig.ts';
import { missingFrom, stepsOf, type Path } from './path.ts';

const FOLDER = 'test/replay/histories';
const STICKY = 'TASK_QUEUE_KIND_STICKY';

/** Files of all releases, like `0.3.0/queue.json`. */
export function recordedHistories(): string[] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
}

export function readHistory(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8');
}

/**
 * The folder for the version in package.json. Throws when that is released, which a dated section in the changelog says: what its
 * users have in their engines does not change any more.
 */
export function folderForRecording(packageJSON: string, changelog: string): string {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(packageJSON));
  const isReleased = changelog.split('\n').some((line) => line.startsWith(`## [${version}] - `));
  if (!isReleased) return join(FOLDER, version);
  throw new Error(
    `${version} is released, and its histories stay: raise the version in package.json before you record others`,
  );
}

/** The workflow ID of the child for one runtime of a fleet. */
export function childOf(fleet: FleetInMemory, index: number): string {
  return operationWorkflowID(fleet.runtimes[index]?.runtimeID ?? '');
}

/** Waits until the latest run has taken these steps, in their order. */
export async function takes(rig: Rig, workflowID: string, path: Path): Promise<void> {
  const missing = async (): Promise<string | RegExp | undefined> => {
    try {
      const history = await rig.client.workflow.getHandle(workflowID).fetchHistory();
      return missingFrom(stepsOf(JSON.parse(historyToJSON(history))), path);
    } catch (error) {
      // It is about to be started.
      if (isNotFound(error)) return 'a run';
      throw error;
    }
  };
  await until(async () => (await missing()) === undefined, {
    what: `${workflowID} takes ${path.join(', ')}`,
  });
}

export interface Recording {
  workflowID: string;
  /** The latest one when not given. */
  runID?: string;
  /** The steps that it is about, in their order. */
  path: Path;
}

/** Throws, and writes nothing, when the run has gone another way. */
export async function record(rig: Rig, name: string, { workflowID, runID, path }: Recording): Promise<void> {
  const folder = folderForRecording(
    readFileSync('package.json', 'utf8'),
    readFileSync('CHANGELOG.md', 'utf8'),
  );
  mkdirSync(folder, { recursive: true });
  const { stdout } = await promisify(execFile)(
    servers().temporalProgram,
    [
      ...['workflow', 'show', '--output', 'json', '--workflow-id', workflowID],
      ...(runID === undefined ? [] : ['--run-id', runID]),
      ...['--namespace', rig.namespace, '--address', temporalOf(rig.namespace)],
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  const recorded: unknown = JSON.parse(stdout);
  const steps = stepsOf(recorded);
  const missing = missingFrom(steps, path);
  if (missing !== undefined) throw new Error(`${name} lacks ${String(missing)} in\n${steps.join('\n')}`);
  const history = JSON.stringify(recorded, withoutIdentity, 1);
  writeFileSync(join(folder, `${name}.json`), `${history}\n`);
}

/** Process, machine and folders of whoever recorded are nobody's business. */
function withoutIdentity(key: string, value: unknown): unknown {
  if (key === 'stackTrace') return '';
  // A worker's own queue is named after its process and machine.
  const isSticky = typeof value === 'object' && value !== null && 'kind' in value && value.kind === STICKY;
  if (isSticky) return { ...value, name: 'recorded' };
  return key === 'identity' || key === 'workerInstanceKey' ? 'recorded' : value;
}
