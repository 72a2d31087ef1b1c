/** Changes that are told at once, as the messages that tell of them. */
import type { ChangeEvent } from './logged-change.ts';
import type { Placed } from './ring.ts';

/** A change that waits to be told. */
export interface Told extends Placed {
  event: ChangeEvent;
  /** The one whose state it changes. */
  subject: string;
}

/** One subject with its changes, in their order. */
export interface TellingOfOne<T> {
  subject: string;
  changes: T[];
}

/** One message. Its place is that of its last change: who has got it has got everything up to there. */
export interface Telling<T> {
  event: ChangeEvent;
  last: T;
  /** Several for operations alone. */
  subjects: TellingOfOne<T>[];
}

/** Changes that one message tells of at the most. */
export const MOST_TOLD = 200;

/**
 * Operations that follow each other share a message, in which each comes once with all that happened to it; anything else has a message of its own and
 * ends theirs. So messages keep the order of the log, and one place is enough to go on from.
 */
export function tellingsOf<T extends Told>(changes: readonly T[], most = MOST_TOLD): Telling<T>[] {
  const tellings: Telling<T>[] = [];
  let count = 0;
  for (const change of changes) {
    const open = tellings.at(-1);
    if (open?.event === 'operation' && change.event === 'operation' && count < most) {
      addTo(open, change);
      count += 1;
    } else {
      const { event, subject } = change;
      tellings.push({ event, last: change, subjects: [{ subject, changes: [change] }] });
      count = 1;
    }
  }
  return tellings;
}

function addTo<T extends Told>(telling: Telling<T>, change: T): void {
  telling.last = change;
  const known = telling.subjects.find(({ subject }) => subject === change.subject);
  if (known) known.changes.push(change);
  else telling.subjects.push({ subject: change.subject, changes: [change] });
}
