import {
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  startChild,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { PlanLine, RecordedOrchestration } from '../../activities/upgrades/activity-types.ts';
import { operationWorkflowID } from '../contract/upgrades.ts';
import type { Tuning } from '../contract/engine.ts';
import { operationTuning } from '../tuning.ts';
import type { Flight } from './flight.ts';
import { operationWorkflow } from './operation-workflow.ts';

const RUNTIME_ID = defineSearchAttributeKey('RuntimeID', 'KEYWORD');
const ORCHESTRATION_TYPE = defineSearchAttributeKey('OrchestrationType', 'KEYWORD');

/**
 * Starts the child for one dispatch of an operation. Its memo says whose it is, to anybody who finds the runtime
 * taken. Throws WorkflowExecutionAlreadyStartedError then.
 */
export async function startOperation(
  { operationID, runtimeID, shootName, attempt, dispatch, keys }: Flight,
  {
    orchestrationID,
    orchestration: { parameters, type },
    window,
    tuning,
  }: {
    orchestrationID: string;
    orchestration: RecordedOrchestration;
    window: PlanLine['window'];
    tuning: Tuning | undefined;
  },
): Promise<ChildWorkflowHandle<typeof operationWorkflow>> {
  const { dryRun } = parameters;
  const ref = { orchestrationID, operationID, attempt, dispatch };
  return await startChild(operationWorkflow, {
    workflowId: operationWorkflowID(runtimeID),
    args: [
      {
        ...ref,
        runtimeID,
        shootName,
        type,
        dryRun,
        window,
        keys,
        tuning: operationTuning(parameters, tuning),
      },
    ],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    cancellationType: ChildWorkflowCancellationType.ABANDON,
    memo: ref,
    typedSearchAttributes: [
      { key: RUNTIME_ID, value: runtimeID },
      { key: ORCHESTRATION_TYPE, value: type },
    ],
    staticSummary: `upgrades shoot ${shootName}`,
    staticDetails: `Operation ${operationID}, attempt ${attempt}, of orchestration ${orchestrationID}`,
  });
}
