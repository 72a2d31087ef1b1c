import { WorkflowIdConflictPolicy } from '@temporalio/client';
import { describeExecution } from '../clients/temporal-executions.ts';
import {
  STACK_MONITOR_WORKFLOW_ID,
  stackWorkflowID,
  TASK_QUEUE,
  WORKFLOW_TYPES,
} from '../workflows/contract.ts';
import type { ActivityDependencies } from './dependencies.ts';

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
      const input = { name, tuning: deps.tuning };
      if (await revive(deps, WORKFLOW_TYPES.stack, stackWorkflowID(name), `stack ${name}`, input)) {
        changed.push(`workflow of stack ${name} started again`);
      }
    }
    if (names.length < PAGE_SIZE) break;
  }
  const input = { tuning: deps.tuning };
  const summary = 'looks after the instances of all stacks';
  if (await revive(deps, WORKFLOW_TYPES.stackMonitor, STACK_MONITOR_WORKFLOW_ID, summary, input)) {
    changed.push('monitor of stacks started again');
  }
  return changed;
}

/** False when it runs. */
async function revive(
  { temporal }: Deps,
  type: string,
  workflowID: string,
  staticSummary: string,
  input: object,
): Promise<boolean> {
  if ((await describeExecution(temporal, workflowID))?.running) return false;
  await temporal.workflow.start(type, {
    workflowId: workflowID,
    taskQueue: TASK_QUEUE,
    args: [input],
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    staticSummary,
  });
  return true;
}
