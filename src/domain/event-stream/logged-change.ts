/** A change that a log has kept, and what the stream calls it. */
import type { Position } from './position.ts';

/** A row of one of the logs. What a log does not know is null. */
export interface LoggedChange {
  position: Position;
  actor: string;
  kind: string;
  orchestrationID: string | null;
  operationID: string | null;
  /** Number of the wave. */
  wave: number | null;
  /** Name of the stack, label of the object plan, name of the object. */
  stack: string | null;
  label: string | null;
  object: string | null;
  webhookID: string | null;
  /** Description of the webhook, as it was. */
  webhook: string | null;
  fromState: string | null;
  toState: string | null;
  reason: string;
}

/** Names of the events that tell of changes. */
export const CHANGE_EVENTS = [
  'orchestration',
  'operation',
  'wave',
  'approval',
  'queue',
  'policy',
  'stack',
  'object',
  'webhook',
] as const;
export type ChangeEvent = (typeof CHANGE_EVENTS)[number];

/** A change without its place in the stream. */
export type Logged = Omit<LoggedChange, 'position'> & { position: Pick<Position, 'source'> };

/** Every change is told by one event. */
export function eventOf(change: Logged): ChangeEvent {
  switch (change.position.source) {
    case 'queue':
      return 'queue';
    case 'policy':
      return 'policy';
    case 'webhooks':
      return 'webhook';
    case 'stacks':
      return change.object === null ? 'stack' : 'object';
    case 'upgrades':
      return eventOfUpgrade(change);
  }
}

function eventOfUpgrade({ operationID, kind, fromState, toState }: Logged): ChangeEvent {
  if (operationID !== null) return 'operation';
  if (kind === 'approved' || kind === 'rejected') return 'approval';
  if (kind !== 'wave') return 'orchestration';
  // The question is asked, or withdrawn.
  return fromState === 'asking' || toState === 'asking' ? 'approval' : 'wave';
}

/** The part that a client wants to be told of; everything when it names nothing. */
export interface StreamFilter {
  orchestrationID?: string;
  /** Name of a stack. */
  stack?: string;
}

/** A change of the queue or of the policy concerns every orchestration, one of a webhook none. */
export function concerns({ orchestrationID, stack }: StreamFilter, change: LoggedChange): boolean {
  if (orchestrationID === undefined && stack === undefined) return true;
  switch (change.position.source) {
    case 'upgrades':
      return change.orchestrationID === orchestrationID;
    case 'stacks':
      return change.stack === stack;
    case 'queue':
    case 'policy':
      return orchestrationID !== undefined;
    case 'webhooks':
      return false;
  }
}
