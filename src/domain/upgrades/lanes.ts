/** Lanes: in each of them one orchestration works at a time, and they work beside each other. Which ones there are is a setting. */
import { MOST_WORKERS, type OrchestrationParameters } from './orchestration-parameters.ts';

export interface Lane {
  /** Unique; lower case letters, digits and `-`. */
  name: string;
  /** Workers that an orchestration in it may have at the most, 1 to 1,000. */
  cap: number;
}

/** The lanes that are set, at least one. The first one is for requests that name none. */
export type Lanes = readonly [Lane, ...Lane[]];

/** At most this many lanes in the setting. */
export const MOST_LANES = 10;

/** The lane of everything where none is set: it refuses nothing. */
export const DEFAULT_LANE = 'default';
export const DEFAULT_LANES: Lanes = [{ name: DEFAULT_LANE, cap: MOST_WORKERS }];

/** The lane that a request means. */
export function laneAsked(lanes: Lanes, { strategy }: Pick<OrchestrationParameters, 'strategy'>): string {
  return strategy.lane ?? lanes[0].name;
}

/** A request as far as it says where it waits. Requests of before there were lanes wait in {@link DEFAULT_LANE}. */
export function laneOf(request: {
  lane?: string;
  parameters: Pick<OrchestrationParameters, 'strategy'>;
}): string {
  return request.lane ?? request.parameters.strategy.lane ?? DEFAULT_LANE;
}

export function isLaneSet(lanes: Lanes, name: string): boolean {
  return lanes.some((lane) => lane.name === name);
}

/**
 * The workers that an orchestration in a lane may have at the most. A lane that was taken out of the setting while orchestrations wait in it has the cap
 * of the first one, until none is left.
 */
export function capOf(lanes: Lanes, name: string): number {
  return (lanes.find((lane) => lane.name === name) ?? lanes[0]).cap;
}

/** Why these workers are refused in a lane, as part of a sentence that begins with their place; undefined when they are not. */
export function whyTooMany(lanes: Lanes, lane: string, workers: number): string | undefined {
  const cap = capOf(lanes, lane);
  if (workers <= cap) return undefined;
  return `must not be more than ${cap.toLocaleString('en-US')} in the lane ${lane}`;
}
