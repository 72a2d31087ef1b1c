/** Commands of people to an orchestration: what is wanted stands in its row, and its workflow is only told to look there. */
import type { OrchestrationRow } from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import type { Command, Wish } from '../../../../domain/upgrades/rollout-control.ts';
import { isFinalOrchestrationState } from '../../../../domain/upgrades/states.ts';
import { nowOf, type ApiContext, type AppDependencies } from '../../../api-dependencies.ts';
import { principalOf } from '../../../middleware/authorization.ts';
import { unknownID } from '../../../middleware/problem-details.ts';
import { ProblemError } from '../../../problem.ts';
import { withPauseOfAll } from '../queue/paused-rows.ts';
import { withinDatabaseLimit } from '../../../time-limit.ts';
import { tellOrchestration } from './tell-orchestrations.ts';

/** Of a hundred thousand operations skipping takes some seconds. */
const COMMAND_LIMIT_MS = 20_000;

/** An orchestration, and what somebody wants of it. */
export interface Sent {
  orchestrationID: string;
  wish: Wish;
  reason: string | null | undefined;
}

/**
 * Carries a command out. `why` throws ProblemError conflict when one that has changed nothing should have; without a word of it, what is
 * wanted holds already. Throws ProblemError not-found and conflict, UnavailableError('database').
 */
export async function sendCommand(
  c: ApiContext,
  deps: AppDependencies,
  { orchestrationID: id, wish, reason }: Sent,
  why: (row: OrchestrationRow) => void | Promise<void> = () => undefined,
): Promise<OrchestrationRow> {
  const command: Command = { ...wish, by: principalOf(c).subject, reason: reason ?? '' };
  const { control } = deps.repositories;
  const done = await withinDatabaseLimit(control.command(id, command, nowOf(deps)), COMMAND_LIMIT_MS);
  if (!done) throw unknownID();
  const { changed, row } = done;
  if (!changed) {
    assertControllable(row);
    await why(row);
  }
  c.var.logger.info({ orchestrationID: id, command: wish.command, changed }, 'command carried out');
  // Also when nothing changed: the request may be repeated because nobody was told.
  await tellOrchestration(c, deps, row);
  const [answered = row] = await withinDatabaseLimit(withPauseOfAll(deps, [row]));
  return answered;
}

/** Throws ProblemError conflict. */
function assertControllable({ state }: OrchestrationRow): void {
  if (state === 'canceling')
    throw new ProblemError('conflict', 'The orchestration is being canceled: nothing more of it begins');
  if (isFinalOrchestrationState(state))
    throw new ProblemError(
      'conflict',
      `The orchestration has ended (${state}), and takes no commands any more`,
    );
}
