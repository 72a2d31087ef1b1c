import type { ChildWorkflowHandle } from '@temporalio/workflow';
import type { CarriedChild } from '../contract/upgrades.ts';
import type { operationWorkflow } from './operation-workflow.ts';

/** A child that holds a slot. */
export interface Flight extends CarriedChild {
  /** Present in the run that started the child; a carried or adopted one is reached by its workflow ID. */
  handle?: ChildWorkflowHandle<typeof operationWorkflow>;
  /** It reports by signal and no longer as a child of this run. */
  detached: boolean;
  /** It has been asked to end if it is still asleep. */
  releasing: boolean;
  /** A later attempt waits in the plan already, and can begin only when this one has ended. */
  superseded?: boolean;
}

/** Work that follows from an ended child and that the orchestration's loop does, one after the other. */
export type Chore =
  | { kind: 'busy'; flight: Flight }
  | { kind: 'missed'; flight: Flight }
  | { kind: 'lost'; flight: Flight; message: string }
  /** `isFull`: one of its keys is taken as often as may be, by children of which this run may not know. */
  | { kind: 'released'; flight: Flight; isFull?: boolean };
