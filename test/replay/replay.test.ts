import { basename } from 'node:path';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { workflowTracingModule } from '../../src/bin/compose/tracing.ts';
import { workflowBundle as bundleOf } from '../../src/bin/compose/workflow-bundle.ts';
import { cacheFolder } from '../../src/config/index.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { folderForRecording, readHistory, recordedHistories } from './history.ts';
import { missingFrom, stepsOf } from './path.ts';

const SCHEDULED = z.object({
  activityTaskScheduledEventAttributes: z
    .object({ activityType: z.object({ name: z.string() }), heartbeatTimeout: z.string() })
    .optional(),
});

const MARKED = z.object({
  markerRecordedEventAttributes: z.object({ markerName: z.string() }).optional(),
});

/** Of all releases. */
const files = recordedHistories();
const histories = files.map((file) => basename(file));

let traced: Promise<WorkflowBundle> | undefined;

/** The workflows with the interceptors of traces. */
function madeOnce(): Promise<WorkflowBundle> {
  traced ??= bundleOf({ cacheDir: cacheFolder(process.env), interceptors: [workflowTracingModule()] });
  return traced;
}

let replayed: Promise<Record<string, string>> | undefined;

/** The outcome of each history, by its file: one worker replays them all, as a worker of its own for each would take most of the time. */
async function replayAll(): Promise<Record<string, string>> {
  const histories = files.map((file) => ({
    workflowId: file,
    history: JSON.parse(readHistory(file)) as unknown,
  }));
  const ends: Record<string, string> = {};
  const options = { workflowBundle: await workflowBundle() };
  for await (const { workflowId, error } of Worker.runReplayHistories(options, histories))
    ends[workflowId] = error?.message ?? 'replays';
  return ends;
}

describe('recorded histories', () => {
  it('are there for every workflow', () => {
    for (const kind of [
      'orchestration',
      'operation',
      'queue',
      'reconcile',
      'rollout-plan',
      'policy-preview',
      'fleet',
      'webhooks',
    ]) {
      expect(histories.filter((name) => name.startsWith(kind))).not.toEqual([]);
    }
  });

  it('are there for what an orchestration can meet between waves', () => {
    expect(histories).toContain('orchestration-waves.json');
  });

  it('are there for limits, checks, tries inside, lanes and Gardener', () => {
    const met = ['limits-first', 'limits-second', 'key-refused', 'checks', 'retry-inside', 'lost-and-busy'];
    expect(histories).toEqual(
      expect.arrayContaining([...met, 'gardener'].map((name) => `orchestration-${name}.json`)),
    );
    expect(histories).toContain('queue-lanes.json');
  });

  it('are there for freezes and windows that are over', () => {
    const met = ['frozen', 'frozen-asleep', 'missed', 'missed-for-a-key'];
    expect(histories).toEqual(expect.arrayContaining(met.map((name) => `orchestration-${name}.json`)));
    expect(histories).toContain('operation-missed.json');
  });

  it('are there for commands and cancels at every moment', () => {
    const met = ['commanded-in-line', 'canceled-in-line', 'canceled-in-its-row', 'canceled-early'];
    met.push('planning-failed', 'planning-canceled', 'child-canceled', 'canceled-first', 'canceled-second');
    met.push('canceled-at-its-end', 'canceled-by-budget', 'approval-expired', 'refused', 'ended-in-its-row');
    expect(histories).toEqual(expect.arrayContaining(met.map((name) => `orchestration-${name}.json`)));
    const children = ['canceled-asleep', 'canceled-executing', 'released-early', 'failure-refused'];
    expect(histories).toEqual(expect.arrayContaining(children.map((name) => `operation-${name}.json`)));
    expect(histories).toEqual(
      expect.arrayContaining(['failed', 'canceled'].map((name) => `rollout-plan-${name}.json`)),
    );
  });

  it('are there for retries that meet an end, a report, or a cancel', () => {
    const met = ['retried-before-its-end', 'retried-after-its-end', 'retry-heard', 'retry-overtakes'];
    met.push('retry-read', 'retry-canceled', 'retry-and-cancel', 'retry-in-line', 'retry-refused');
    expect(histories).toEqual(expect.arrayContaining(met.map((name) => `orchestration-${name}.json`)));
  });

  it('are there for what was reset, terminated or lost', () => {
    const met = ['orchestration-reset', 'orchestration-reset-asleep', 'queue-rebuilt', 'queue-turn-missed'];
    met.push(
      'operation-orphaned',
      'operation-begun-late',
      'operation-released-late',
      'queue-lanes-continued',
    );
    met.push('stack-behind', 'stack-reset', 'stack-taken-up', 'stack-restart-missing');
    expect(histories).toEqual(expect.arrayContaining(met.map((name) => `${name}.json`)));
  });

  it('show that each activity has a heartbeat, so that another worker goes on within a minute when one is killed', () => {
    const silent = files.flatMap((file) => {
      const { events } = z.object({ events: z.array(SCHEDULED) }).parse(JSON.parse(readHistory(file)));
      return events.flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
        if (!scheduled) return [];
        const seconds = Number.parseFloat(scheduled.heartbeatTimeout);
        return seconds > 0 && seconds <= 60 ? [] : [scheduled.activityType.name];
      });
    });
    expect([...new Set(silent)]).toEqual([]);
  });

  it('hold no local activity of upgrades since 0.3.0: a replay may end one in another order with what came in meanwhile', () => {
    const newer = files.filter((file) => !file.startsWith('0.3.0/') && !basename(file).startsWith('stack'));
    const markers = newer.flatMap((file) =>
      z
        .object({ events: z.array(MARKED) })
        .parse(JSON.parse(readHistory(file)))
        .events.map(({ markerRecordedEventAttributes: marker }) => marker?.markerName),
    );
    // The patch leaves one.
    expect([...new Set(markers)].filter(Boolean)).toEqual(['core_patch']);
  });

  it('are refused by the recorder when they have not taken the path that they are recorded for', () => {
    const file = files.find((one) => basename(one) === 'operation-failed.json') ?? '';
    const steps = stepsOf(JSON.parse(readHistory(file)));
    const path = ['upgradeRuntime begins', /^failOperation answers .*"UPGRADE_FAILED"/, 'run ends'];
    expect(missingFrom(steps, path)).toBeUndefined();
    expect(missingFrom(steps, [...path].reverse())).toEqual(path[1]);
    expect(missingFrom(steps, ['run ends', 'run ends'])).toBe('run ends');
    expect(missingFrom(steps, ['judgeUpgrade begins', ...path])).toBe('judgeUpgrade begins');
  });

  it('are recorded for a version until that is released', () => {
    const packageJSON = JSON.stringify({ version: '0.3.0' });
    expect(folderForRecording(packageJSON, '## [Unreleased]\n')).toBe('test/replay/histories/0.3.0');
    expect(() => folderForRecording(packageJSON, '# Changelog\n\n## [0.3.0] - 2026-12-01\n')).toThrow(
      /0\.3\.0 is released, and its histories stay: raise the version/,
    );
  });

  it('are there for everything that a stack can meet', () => {
    const met = ['life', 'failed-start', 'stopped-in-start', 'canceled-in-start', 'instances', 'redefined'];
    met.push('scheduled', 'continued-first', 'continued-carrying', 'monitor');
    expect(histories).toEqual(expect.arrayContaining(met.map((name) => `stack-${name}.json`)));
  });

  it.each(files)('%s replays with the code of today', async (file) => {
    replayed ??= replayAll();
    expect(await replayed).toHaveProperty([file], 'replays');
  });

  // Traces may be switched on over a restart. All of them take this path: some of each kind will do.
  it.each([
    ...[
      'operation-succeeded',
      'operation-canceled-asleep',
      'operation-released-early',
      'queue-lanes',
      'reconcile',
    ],
    ...[
      'orchestration-waves',
      'orchestration-retry-heard',
      'orchestration-child-canceled',
      'stack-life',
      'webhooks',
    ],
  ])('%s replays while traces are on', async (name) => {
    const [file = ''] = files.filter((one) => basename(one).startsWith(name));
    const bundle = await madeOnce();
    const replay = Worker.runReplayHistory({ workflowBundle: bundle }, JSON.parse(readHistory(file)));
    await expect(replay).resolves.toBeUndefined();
  });

  it('a history that does not fit is refused', async () => {
    const file = files.find((one) => basename(one) === 'operation-succeeded.json') ?? '';
    const history = readHistory(file).replace('"name": "upgradeRuntime"', '"name": "somethingElse"');
    expect(history).toContain('somethingElse');
    const replay = Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, JSON.parse(history));
    await expect(replay).rejects.toThrow(/nondeterminism/i);
  });
});
