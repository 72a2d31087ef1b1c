import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { FinalError, UnavailableError, type FailureCode } from '../../domain/errors.ts';
import type { Claim, OperationRow } from '../../db/repositories/upgrades/orchestration-repositories.ts';
import { holdWords } from '../../domain/upgrades/hold-words.ts';
import { limitedKeys } from '../../domain/upgrades/limits.ts';
import { describeBusy } from '../../domain/upgrades/waits-in-plan.ts';
import type { OperationOutcome } from '../../workflows/contract/upgrades.ts';
import { DRYDOCK } from '../../domain/actors.ts';
import { nowOf, type ActivityDependencies } from '../activity-dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { OverdueUpgrade, UpgradeActivities, UpgradeInput } from './activity-types.ts';
import { parametersCache } from './parameters-cache.ts';
import type { Refusal } from './checks/runtime-checks.ts';
import { endOf, outcomeOf } from './projection.ts';
import { reschedule } from './rescheduling.ts';
import type { Success } from './upgraders/upgrader.ts';
import { Upgrade } from './upgrade-runtime.ts';

type UpgradeResult = Awaited<ReturnType<UpgradeActivities['upgradeRuntime']>>;

/**
 * Upgrades one runtime and follows it to its end. May be executed any number of times for one dispatch, also by two workers
 * at once: the claim gives back what earlier executions got done, and only the execution that has claimed last may send.
 * Before the request is sent, the ID of the runtime's last operation is kept in the database as a baseline, so that an
 * execution that finds another operation of the kind knows that the request did arrive (the process died, or the answer was
 * lost).
 */
export function createUpgradeActivities(deps: ActivityDependencies): UpgradeActivities {
  const parametersOf = parametersCache(deps);
  const begin = async (input: UpgradeInput, row: OperationRow, signal: AbortSignal): Promise<Upgrade> =>
    new Upgrade({ deps, input, row, parameters: await parametersOf(input.orchestrationID), signal });

  return {
    upgradeRuntime: (input) =>
      withHeartbeat(async (signal) => {
        const claim = await claimRow(deps, input, parametersOf);
        if (claim.kind !== 'claimed') return await notClaimed(deps, claim);
        const end = await (await begin(input, claim.row, signal)).run();
        if (end === 'missed') {
          await giveBack(deps, claim.row);
          return { outcome: { kind: 'missed' }, description: 'Its window closed before anything was sent' };
        }
        if ('refused' in end) return await refuse(deps, claim.row, end);
        return { outcome: await succeed(deps, input, end), description: end.description };
      }),

    judgeUpgrade: (input) =>
      withHeartbeat(async (signal) => {
        const [seen] = await deps.repositories.operations.findMany([input.operationID]);
        // Its time has not begun: nobody was there to execute it.
        if (seen && seen.state !== 'in progress' && !endOf(seen, input)) return undefined;
        // An execution that goes on all the same, on a worker that was cut off, sends nothing from here on.
        const claim = await claimRow(deps, input, parametersOf);
        if (claim.kind !== 'claimed') return (await notClaimed(deps, claim)).outcome;
        return await judge(deps, input, claim.row, await begin(input, claim.row, signal));
      }),
  };
}

async function claimRow(
  { repositories, clock }: ActivityDependencies,
  { orchestrationID, operationID, attempt, dispatch, keys }: UpgradeInput,
  parametersOf: ReturnType<typeof parametersCache>,
): Promise<Claim> {
  const by = { attempt, dispatch, claim: randomUUID() };
  const limits = keys && (await parametersOf(orchestrationID)).strategy.limits;
  const taken = limits ? limitedKeys(limits, keys) : [];
  // An operation that takes no key waits for nobody.
  const limited = taken.length > 0 ? { orchestrationID, keys: taken } : undefined;
  return await repositories.operations.claim(operationID, by, nowOf({ clock }), limited);
}

/** The answer of an execution that has nothing to do. */
async function notClaimed(
  deps: ActivityDependencies,
  claim: Exclude<Claim, { kind: 'claimed' }>,
): Promise<UpgradeResult> {
  switch (claim.kind) {
    case 'finished':
      return { outcome: outcomeOf(claim.row), description: claim.row.description };
    case 'given back':
      return { outcome: { kind: 'missed' }, description: 'It was given back already' };
    case 'stopped':
      return {
        outcome: outcomeOf(claim.row),
        description: 'Its orchestration is canceled, and nothing was sent',
      };
    case 'held':
      await giveBackHeld(deps, claim);
      return { outcome: { kind: 'released' }, description: holdWords(claim.by) };
    case 'full':
      return {
        outcome: { kind: 'released', isFull: true },
        description: 'As many of its region, plan or account are in progress as may be',
      };
    case 'refused':
      return { outcome: { kind: 'canceled' }, description: 'The plan no longer wants it' };
  }
}

/**
 * Nothing was sent within the window. A row that does not stand as it was claimed has been taken over, has ended, or has its
 * request accepted after all: what it says then is for the next execution, and that it missed its window would be untrue.
 */
async function giveBack(deps: ActivityDependencies, row: OperationRow): Promise<void> {
  if (!(await reschedule(deps, row))) throw changedMeanwhile();
}

/** An operation that has not begun waits already, and its parent gives it back. */
async function giveBackHeld(
  deps: ActivityDependencies,
  { row, by }: Extract<Claim, { kind: 'held' }>,
): Promise<void> {
  if (row.state !== 'in progress') return;
  // Each description comes with its time: that was the last look at its runtime.
  const description = describeBusy(row, row.updatedAt);
  const change = { actor: DRYDOCK, reason: holdWords(by), now: nowOf(deps), description };
  if (!(await deps.repositories.operations.giveBackHeld(row.id, row, change))) throw changedMeanwhile();
}

/** The check before has found that nothing is to be sent. What an earlier attempt has begun, and not done, stays a failure. */
async function refuse(
  deps: ActivityDependencies,
  row: OperationRow,
  { refused }: Refusal,
): Promise<UpgradeResult> {
  if (row.earlierOperationID !== null) {
    const failed = await deps.repositories.operations.fail(row.id, row, refused, nowOf(deps));
    const outcome = failed && endOf(failed, row);
    if (outcome?.kind !== 'failed') throw changedMeanwhile();
    return { outcome, description: refused.message };
  }
  if (!(await deps.repositories.operations.refuse(row.id, row, refused, nowOf(deps))))
    throw changedMeanwhile();
  return { outcome: { kind: 'canceled' }, description: refused.message };
}

function changedMeanwhile(): UnavailableError {
  return new UnavailableError(
    'database',
    'The operation was changed while it was to be left; it is looked at again',
  );
}

async function succeed(
  deps: ActivityDependencies,
  input: UpgradeInput,
  success: Success,
): Promise<OperationOutcome> {
  const end = { state: 'succeeded', ...success } as const;
  const row = await deps.repositories.operations.finish(input.operationID, input, end, nowOf(deps));
  return (row && endOf(row, input)) ?? { kind: 'succeeded' };
}

/** The time of an upgrade is over: what the Provisioner says now decides. */
async function judge(
  deps: ActivityDependencies,
  input: OverdueUpgrade,
  row: OperationRow,
  upgrade: Upgrade,
): Promise<OperationOutcome> {
  const failWith = async (code: FailureCode, message: string): Promise<OperationOutcome> => {
    const failed = await deps.repositories.operations.fail(row.id, input, { code, message }, nowOf(deps));
    return (failed && endOf(failed, input)) ?? { kind: 'failed', code, message };
  };
  const late = `The upgrade did not end within ${input.timeoutSeconds} seconds`;
  try {
    const found = await lookPatiently(upgrade, deps.pollMs);
    if (found === 'nothing sent' && upgrade.waitsForWindow()) {
      await giveBack(deps, row);
      return { kind: 'missed' };
    }
    if (found === 'nothing sent') {
      return await failWith(
        'OPERATION_TIMEOUT',
        `${late}: nothing was sent${input.said ? `; ${input.said}` : ''}`,
      );
    }
    if (found.kind === 'under way') {
      return await failWith('OPERATION_TIMEOUT', `${late}; at the last look: ${found.words}`);
    }
    return await succeed(deps, input, found.success);
  } catch (error) {
    if (error instanceof FinalError) return await failWith(error.code, error.message);
    if (!(error instanceof UnavailableError) || error.system === 'database') throw error;
    Context.current().cancellationSignal.throwIfAborted();
    return await failWith('OPERATION_TIMEOUT', `${late}; at the last look: ${error.message}`);
  }
}

const LOOKS = 3;

/** A system that does not answer is asked three times. */
async function lookPatiently(upgrade: Upgrade, pollMs: number): ReturnType<Upgrade['lookOnce']> {
  for (let look = 1; ; look++) {
    try {
      return await upgrade.lookOnce();
    } catch (error) {
      if (!(error instanceof UnavailableError) || error.system === 'database' || look === LOOKS) throw error;
      await Context.current().sleep(pollMs);
    }
  }
}
