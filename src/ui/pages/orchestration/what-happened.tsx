import { useQuery } from '@tanstack/react-query';
import { Said } from '../../parts/said.tsx';
import { useState, type ReactNode } from 'react';
import { Moment } from '../../now.tsx';
import { newestOf } from '../../newest.ts';
import { Trouble } from '../../parts/trouble.tsx';
import { body, rest, type Schemas } from '../../rest-client.ts';
import { numberOf } from '../../words/times.ts';

/** The newest events of the log, newest first; asked for when somebody wants to see them. */
export function WhatHappened({ id, operationID }: { id: string; operationID?: string }): ReactNode {
  const [isOpen, setOpen] = useState(operationID !== undefined);
  const { data, error } = useQuery({
    queryKey: ['orchestrations', id, 'events', operationID],
    queryFn: () => newestEvents(id, operationID),
    enabled: isOpen,
  });
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>What happened</h2>
      </summary>
      {error && <Trouble error={error} />}
      {isOpen && !data && !error && <p className="quiet">Reading…</p>}
      {data && (
        <>
          {data.total === 0 && <p className="quiet">Nothing yet.</p>}
          <ol className="events">
            {data.rows.map((event) => (
              <EventRow key={event.eventID} event={event} />
            ))}
          </ol>
          {data.total > data.rows.length && (
            <p className="quiet">
              The newest {numberOf(data.rows.length)} of {numberOf(data.total)}.
            </p>
          )}
        </>
      )}
    </details>
  );
}

function newestEvents(orchestrationID: string, operationID?: string) {
  return newestOf((page, page_size) =>
    body(
      rest.GET('/orchestrations/{orchestrationID}/events', {
        params: {
          path: { orchestrationID },
          query: { page, page_size, ...(operationID && { operationID }) },
        },
      }),
    ),
  );
}

function EventRow({ event }: { event: Schemas['Event'] }): ReactNode {
  const { at, actor, kind, fromState, toState, reason } = event;
  return (
    <li>
      <Moment at={at} /> <b>{kind === 'state' ? (toState ?? kind) : kind}</b>
      {kind === 'wave' && fromState && toState && ` ${fromState} → ${toState}`} by {actor}
      {reason && <>: {actor === 'drydock' ? <Said text={reason} /> : reason}</>}
    </li>
  );
}
