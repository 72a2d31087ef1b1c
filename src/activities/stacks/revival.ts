import {
  monitorStartOptions,
  stackStartOptions,
  type StackMonitorWorkflow,
  type StackWorkflow,
} from '../../clients/stacks/start-options.ts';
import { describeExecution } from '../../clients/temporal-executions.ts';
import { STACK_MONITOR_WORKFLOW_ID, stackWorkflowID } from '../../workflows/contract/stacks.ts';
import { WORKFLOW_TYPES } from '../../workflows/contract/engine.ts';
import type { ActivityDependencies } from '../activity-dependencies.ts';

type Deps = Pick<ActivityDependencies, 'temporal' | 'repositories' | 'tuning'>;

const PAGE_SIZE = 100;

/**
 * Starts the workflows that are missing (terminated, or never started) though something must happen without being asked for:
 * of stacks with an action under way or a time to wait for, and the monitor. The others begin again with the next request,
 * or with the monitor's next word on their instances. Answers what it changed, in words.
 */
export async function reviveStacks(deps: Deps, beat: () => void): Promise<string[]> {
  const changed: string[] = [];
  for (let after = ''; ;) {
    const names = await deps.repositories.stacks.listUnattended(after, PAGE_SIZE);
    for (const name of names) {
      beat();
      after = name;
      if (await reviveStack(deps, name)) changed.push(`workflow of stack ${name} started again`);
    }
    if (names.length < PAGE_SIZE) break;
  }
  if (await reviveMonitor(deps)) changed.push('monitor of stacks started again');
  return changed;
}

/** False when it runs, or there is no such stack any more. */
async function reviveStack({ temporal, repositories, tuning }: Deps, name: string): Promise<boolean> {
  if (await runs(temporal, stackWorkflowID(name))) return false;
  const row = await repositories.stacks.find(name);
  if (!row) return false;
  const options = stackStartOptions(name, tuning, row.status);
  await temporal.workflow.start<StackWorkflow>(WORKFLOW_TYPES.stack, options);
  return true;
}

/** False when it runs. */
async function reviveMonitor({ temporal, tuning }: Deps): Promise<boolean> {
  if (await runs(temporal, STACK_MONITOR_WORKFLOW_ID)) return false;
  await temporal.workflow.start<StackMonitorWorkflow>(
    WORKFLOW_TYPES.stackMonitor,
    monitorStartOptions(tuning),
  );
  return true;
}

async function runs(temporal: Deps['temporal'], workflowID: string): Promise<boolean> {
  return (await describeExecution(temporal, workflowID))?.running === true;
}
