/**
 * Turns: whose it is in each lane. One orchestration has the turn of a lane at a time, also while it is paused, and those that wait get it in the order
 * of their line. The rows give the lines, Temporal says who takes the turn: this file holds neither.
 */

/** An orchestration in a lane. */
export interface InLane {
  orchestrationID: string;
  lane: string;
}

/** The part of a lane's line that was read last. */
export interface LaneLine {
  lane: string;
  /** Orchestrations in the order in which turns are given. */
  ids: readonly string[];
  /** Nobody stands behind them. */
  isWhole: boolean;
}

export interface Turns {
  /** Those that have the turn of their lane. */
  holders: readonly InLane[];
  /** Lanes in which anybody stands, each once. */
  lines: readonly LaneLine[];
  /** Those that can't take the turn now: their workflow has ended, or did not hear of it. */
  passedOver: ReadonlySet<string>;
  /** Everything is paused: in a sentence without a full stop; absent while it is not. */
  paused?: string;
}

/** One for each lane, with its reason. */
export type TurnStep = { lane: string; reason: string } & (
  | { kind: 'give'; orchestrationID: string }
  /** The next part of the line is to be read. */
  | { kind: 'read' }
  | { kind: 'wait' }
);

/** The next step in each lane. Giving is decided anew once it is known whether the turn was taken. */
export function decideTurns({ holders, lines, passedOver, paused }: Turns): TurnStep[] {
  return lines.map(({ lane, ids, isWhole }): TurnStep => {
    if (paused !== undefined) return { kind: 'wait', lane, reason: paused };
    const holder = holders.find((one) => one.lane === lane);
    if (holder) return { kind: 'wait', lane, reason: `orchestration ${holder.orchestrationID} has the turn` };
    const next = ids.find((id) => !passedOver.has(id));
    if (next !== undefined) return { kind: 'give', lane, orchestrationID: next, reason: 'the lane is free' };
    if (!isWhole) return { kind: 'read', lane, reason: 'nobody of those that were read takes the turn' };
    return { kind: 'wait', lane, reason: 'nobody takes the turn' };
  });
}
