/** The order of everything that the stream tells of, and the IDs by which clients name a place in it (ADR 72). */

import { DateTime } from 'luxon';

/** The logs that are one stream, in their order within a transaction. IDs of events have their numbers: another one comes last. */
export const SOURCES = ['upgrades', 'stacks', 'queue', 'policy', 'webhooks'] as const;
export type Source = (typeof SOURCES)[number];

/** The place of one row. Rows are read by the transactions that have written them, each of which is complete when it is read. */
export interface Position {
  /** ID of the transaction, a decimal number. */
  tx: string;
  source: Source;
  /** Counts up within its source. */
  id: number;
  /** RFC 3339 UTC: another row in the same place, as in a database that was set back, has another one. */
  at: string;
}

/** Before the first row. */
export const BEGINNING: Position = { tx: '0', source: 'upgrades', id: 0, at: '' };

/** Below 0 when `a` comes first. */
export function comparePositions(a: Position, b: Position): number {
  if (a.tx !== b.tx) return BigInt(a.tx) < BigInt(b.tx) ? -1 : 1;
  return SOURCES.indexOf(a.source) - SOURCES.indexOf(b.source) || a.id - b.id;
}

export function isSamePosition(a: Position, b: Position): boolean {
  return comparePositions(a, b) === 0 && a.at === b.at;
}

/** The ID of an event; nobody but `readEventID` reads it. */
export function eventIDOf({ tx, source, id, at }: Position): string {
  return Buffer.from([tx, SOURCES.indexOf(source), id, at].join(' ')).toString('base64url');
}

const TEXT = /^(\d{1,20}) (\d) (\d{1,15}) (|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)$/;
/** The greatest ID of a transaction that PostgreSQL can read. */
const MOST_TX = 2n ** 64n - 1n;
/** The greatest number that each log can have: more is an error of the database. */
const MOST_IDS: Record<Source, number> = {
  upgrades: Number.MAX_SAFE_INTEGER,
  stacks: Number.MAX_SAFE_INTEGER,
  queue: 2 ** 31 - 1,
  policy: 2 ** 31 - 1,
  webhooks: Number.MAX_SAFE_INTEGER,
};

/** Undefined for a text that is no ID. What it answers, the database can be asked for. */
export function readEventID(text: string): Position | undefined {
  const [, tx, source, id, at] = TEXT.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  const named = SOURCES[Number(source)];
  if (tx === undefined || at === undefined || named === undefined) return undefined;
  if (BigInt(tx) > MOST_TX || Number(id) > MOST_IDS[named]) return undefined;
  const position = { tx, source: named, id: Number(id), at };
  return isInstant(at) || isSamePosition(position, BEGINNING) ? position : undefined;
}

/** A day of the calendar; PostgreSQL has no year 0. */
function isInstant(at: string): boolean {
  return !at.startsWith('0000') && DateTime.fromISO(at, { zone: 'utc' }).isValid;
}
