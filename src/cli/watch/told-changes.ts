/** Events of the stream, as rows that can be shown. */
import { z } from 'zod';
import { eventSchema } from '../answer-shapes.ts';
import { plain, time } from '../terminal-texts.ts';
import type { StreamEvent } from './stream.ts';

/** Logs of stacks number and name their rows in another way. */
const rowSchema = eventSchema.omit({ eventID: true, operationID: true });

/** A row of a log of events, with what it is about. */
export interface Change {
  at: string;
  who: string;
  /** `orchestration`, `operation` and the other names of events of the stream. */
  event: string;
  kind: string;
  /** Name of the Shoot, the wave, the stack or the object. */
  what: string;
  from: string;
  to: string;
  why: string;
  /** As it came. */
  row: unknown;
}

const withChange = z.object({ change: rowSchema });
const operationsSchema = z.object({
  operations: z.array(
    z.object({
      changes: z.array(rowSchema),
      operation: z.object({ shootName: z.string() }).nullable(),
    }),
  ),
});
const wavesSchema = z.object({ wave: z.number(), waves: z.array(z.object({ name: z.string() })).nullable() });
const namedSchema = z.object({ name: z.string() });

/** In their order; none of events that tell of no change. */
export function changesOf({ event, data }: StreamEvent): Change[] {
  if (event === 'operation') {
    const { data: told } = operationsSchema.safeParse(data);
    return (told?.operations ?? []).flatMap(({ changes, operation }) =>
      changes.map((row) => toChange(event, row, operation?.shootName ?? '')),
    );
  }
  const { data: told } = withChange.safeParse(data);
  return told ? [toChange(event, told.change, nameIn(event, data))] : [];
}

function nameIn(event: string, data: unknown): string {
  switch (event) {
    case 'wave':
    case 'approval': {
      const { data: told } = wavesSchema.safeParse(data);
      return told?.waves?.[told.wave]?.name ?? '';
    }
    case 'stack':
      return namedSchema.safeParse((data as { stack?: unknown }).stack).data?.name ?? '';
    case 'object':
      return namedSchema.safeParse((data as { object?: unknown }).object).data?.name ?? '';
    default:
      return '';
  }
}

function toChange(event: string, row: z.infer<typeof rowSchema>, what: string): Change {
  return {
    ...{ at: row.at, who: row.actor, event, kind: row.kind, what, row },
    ...{ from: row.fromState ?? '', to: row.toState ?? '', why: row.reason ?? '' },
  };
}

/** Tab-separated: when, what kind of thing, which, from, to, who, why. */
export function changeRow(change: Change): string {
  const { at, event, kind, what, from, to, who, why } = change;
  return [time(at), event, what, from, to === '' ? kind : to, who, why].map(plain).join('\t');
}

/** For people: `02:11:03Z c-0vk3q58 failed: The Provisioner reports …`. */
export function changeLine({ at, event, kind, what, to, why, who }: Change): string {
  const subject = what === '' ? event : event === 'operation' ? what : `${event} ${what}`;
  const by = who === 'drydock' ? '' : ` by ${who}`;
  return plain(
    `${time(at).slice(11)} ${subject} ${to === '' ? kind : to}${by}${why === '' ? '' : `: ${why}`}`,
  );
}
