import { subjectOf } from '../../../src/api/event-stream/present-states.ts';
import type { StreamedChange } from '../../../src/api/event-stream/message-text.ts';
import { eventOf } from '../../../src/domain/event-stream/logged-change.ts';
import { aChange, place } from '../domain/event-stream/places.ts';

/** Changes of an orchestration as the ring has them, by transactions of these numbers. */
export function streamed(...numbers: number[]): StreamedChange[] {
  return numbers.map((number) => {
    const change = aChange({ position: place(number, number) });
    const { position } = change;
    return { position, event: eventOf(change), subject: subjectOf(change), change, json: String(number) };
  });
}

export function upTo(last: number, from = 1): number[] {
  return Array.from({ length: last - from + 1 }, (_, index) => from + index);
}
