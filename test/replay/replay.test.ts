import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { FOLDER } from './history.ts';

const histories = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

describe('recorded histories', () => {
  it('are there for every workflow', () => {
    for (const kind of ['orchestration', 'operation', 'queue', 'reconcile', 'rollout-plan']) {
      expect(histories.filter((name) => name.startsWith(kind))).not.toEqual([]);
    }
  });

  it('are there for what an orchestration can meet between waves', () => {
    expect(histories).toContain('orchestration-waves.json');
  });

  it('are there for everything that a stack can meet', () => {
    const met = ['life', 'failed-start', 'stopped-in-start', 'canceled-in-start', 'instances', 'redefined'];
    met.push('scheduled', 'continued-first', 'continued-carrying', 'monitor');
    expect(histories).toEqual(expect.arrayContaining(met.map((name) => `stack-${name}.json`)));
  });

  it.each(histories)('%s replays with the code of today', async (name) => {
    const history: unknown = JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));
    const replay = Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history);
    await expect(replay).resolves.toBeUndefined();
  });

  it('a history that does not fit is refused', async () => {
    const name = 'operation-succeeded.json';
    const history = readFileSync(join(FOLDER, name), 'utf8').replace(
      '"name": "upgradeRuntime"',
      '"name": "somethingElse"',
    );
    expect(history).toContain('somethingElse');
    const replay = Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, JSON.parse(history));
    await expect(replay).rejects.toThrow(/nondeterminism/i);
  });
});
