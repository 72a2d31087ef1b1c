import { setHandler } from '@temporalio/workflow';
import {
  cancelSignal,
  commandSignal,
  lookSignal,
  outcomeSignal,
  progressQuery,
  retrySignal,
  turnSignal,
} from '../contract/upgrades.ts';
import { handleSignal } from '../parsed-messages.ts';
import type { OrchestrationStanding } from './orchestration-standing.ts';
import { cancelInput, commandInput, outcomeInput, retryInput } from './signal-inputs.ts';

/** Takes the messages to an orchestration. None of them is carried out here: its steps, and its loop, find what has changed. */
export function handleMessages(standing: OrchestrationStanding): void {
  handleSignal(cancelSignal, cancelInput, ({ by, reason }) => standing.cancel(by, reason));
  handleSignal(retrySignal, retryInput, (retry) => {
    standing.control.addRetry(retry);
    standing.changed();
  });
  handleSignal(commandSignal, commandInput, (command) => {
    standing.control.add(command);
    standing.changed();
  });
  setHandler(lookSignal, () => standing.look());
  setHandler(turnSignal, () => {
    standing.hasTurn = true;
  });
  handleSignal(outcomeSignal, outcomeInput, (report) => standing.report(report));
  setHandler(progressQuery, () => standing.progress());
}
