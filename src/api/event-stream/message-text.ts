/** Messages as they go over the wire: the format of server-sent events (HTML Living Standard, section 9.2). */
import type { ChangeEvent, LoggedChange } from '../../domain/event-stream/logged-change.ts';
import type { Telling, Told } from '../../domain/event-stream/coalescing.ts';
import { eventIDOf, type Position } from '../../domain/event-stream/position.ts';
import type { StreamEvent } from './stream-answer.ts';

/** A change in the ring. Its JSON is made once, for all clients. */
export interface StreamedChange extends Told {
  change: LoggedChange;
  json: string;
}

/** `data` is JSON on one line. The ID is that of the last change that it tells of; without a position the client keeps the ID that it has. */
export function messageText(event: StreamEvent, position: Position | undefined, data: string): string {
  const id = position === undefined ? '' : `id: ${eventIDOf(position)}\n`;
  return `event: ${event}\n${id}data: ${data}\n\n`;
}

/** Says that the connection lives, and how far the client has got: an ID without data is kept and shown to nobody. */
export function commentText(position: Position): string {
  return `: here\nid: ${eventIDOf(position)}\n\n`;
}

/** Fields of the states, by event. */
const STATE_FIELDS: Record<Exclude<ChangeEvent, 'operation'>, string> = {
  orchestration: 'orchestration',
  wave: 'waves',
  approval: 'waves',
  queue: 'queue',
  policy: 'policy',
  stack: 'stack',
  object: 'object',
  webhook: 'webhook',
};

/** `stateOf` answers the JSON of a state, `null` for what is gone. */
export function tellingText(
  { event, last, subjects }: Telling<StreamedChange>,
  stateOf: (subject: string) => string,
): string {
  return messageText(event, last.position, dataOf(event, last, subjects, stateOf));
}

function dataOf(
  event: ChangeEvent,
  last: StreamedChange,
  subjects: Telling<StreamedChange>['subjects'],
  stateOf: (subject: string) => string,
): string {
  if (event === 'operation') {
    const operations = subjects.map(({ subject, changes }) => {
      const json = changes.map((change) => change.json).join(',');
      return `{"changes":[${json}],"operation":${stateOf(subject)}}`;
    });
    return `{"operations":[${operations.join(',')}]}`;
  }
  const state = `"${STATE_FIELDS[event]}":${stateOf(last.subject)}`;
  const isOfWave = event === 'wave' || event === 'approval';
  return `{"change":${last.json}${isOfWave ? `,"wave":${JSON.stringify(last.change.wave)}` : ''},${state}}`;
}
