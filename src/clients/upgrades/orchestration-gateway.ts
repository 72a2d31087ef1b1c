/**
 * The engine as the API needs it. Every call throws UnavailableError('engine') when the engine does not answer,
 * nothing else.
 */
import type { OrchestrationRequest, RetryRequest } from '../../workflows/contract/upgrades.ts';

/** An orchestration as the engine alone knows it, before (or without) its row. */
export interface DescribedOrchestration {
  /** From the workflow's memo. */
  request: OrchestrationRequest;
  /** False once the latest run has closed, however it ended. */
  running: boolean;
}

export interface OrchestrationGateway {
  /**
   * Starts the orchestration's workflow, its request in the memo: the one write that matters. An ID that the engine has
   * seen before, open or closed, starts nothing and answers `exists`.
   */
  start(request: OrchestrationRequest): Promise<'started' | 'exists'>;
  /** Undefined when the engine does not know the ID: never started, or past its retention. */
  describe(orchestrationID: string): Promise<DescribedOrchestration | undefined>;
  /** Sends the cancel signal. `not running` when no run is open under this ID. `actor` stands in the event log. */
  cancel(orchestrationID: string, actor: string): Promise<'signaled' | 'not running'>;
  /** Signals the open run, or starts a new one in retry mode, with the orchestration's request as its memo again. */
  retry(orchestrationID: string, retry: RetryRequest, request?: OrchestrationRequest): Promise<void>;
  ping(): Promise<void>;
}
