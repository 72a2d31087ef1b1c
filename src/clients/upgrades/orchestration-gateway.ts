/**
 * The engine as the API needs it. Every call throws UnavailableError('engine') when the engine does not answer,
 * nothing else.
 */
import type {
  OrchestrationRequest,
  PolicyPreviewAnswer,
  PolicyPreviewRequest,
} from '../../workflows/contract/upgrades.ts';

export interface MakePlanOptions {
  /** False: it is only started, and `under way`. */
  wait?: boolean;
}

export interface OrchestrationGateway {
  /**
   * Starts the orchestration's workflow. Nothing happens when the engine has seen the ID before, or refuses the request for
   * good, which the reconciler writes down.
   */
  start(request: OrchestrationRequest): Promise<void>;
  /** Sends the cancel signal. `not running` when no run is open under this ID. `actor` and `reason` stand in the event log. */
  cancel(orchestrationID: string, actor: string, reason?: string): Promise<'signaled' | 'not running'>;
  /** Lets the open run look what is wanted of it. Nothing happens when none is open. */
  look(orchestrationID: string): Promise<void>;
  /** Lets the queue look at the rows, starting it where it is missing. */
  lookAtQueue(): Promise<void>;
  /**
   * Lets an orchestration whose row was retried look at it: the open run, or a new one, with its request as the memo again. What the engine refuses
   * for good the reconciler writes down.
   */
  retry(request: OrchestrationRequest): Promise<void>;
  /**
   * Lets a worker say what a policy would mean for the fleet. Throws UnavailableError('engine') also when no worker has
   * answered within twenty seconds.
   */
  previewPolicy(request: PolicyPreviewRequest): Promise<PolicyPreviewAnswer>;
  /**
   * Lets a worker make the plan whose row says `making`. Waits for it for twenty seconds: `ended` when the row says how it
   * went. May be called again for a plan that is still being made, and starts what was never started, or lost.
   */
  makePlan(planID: string, options?: MakePlanOptions): Promise<'ended' | 'under way'>;
  ping(): Promise<void>;
}
