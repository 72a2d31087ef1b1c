import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { Moment } from '../../now.tsx';
import { PAGE_SIZE, PagesOf } from '../../parts/pages-of.tsx';
import { Said } from '../../parts/said.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { body, rest, type Schemas } from '../../rest-client.ts';
import { useSearchParameters } from '../../search-parameters.ts';
import { eventWords } from '../../words/happened-words.ts';

/** The page of events in the URL: `page` is that of the operations. */
const PAGE = 'eventsPage';
/** The choice in the URL; without it the orchestration's own events alone. */
const WITH_OPERATIONS = 'all';

interface WhatHappenedProps {
  id: string;
  /** Only what happened to this operation. */
  operationID?: string;
}

/** The log, newest first; asked for when somebody wants to see it, or has it in the URL. */
export function WhatHappened({ id, operationID }: WhatHappenedProps): ReactNode {
  const parameters = useSearchParameters();
  const isAll = parameters.get('events') === WITH_OPERATIONS;
  const isLinked = isAll || parameters.get(PAGE) !== '';
  const [isOpen, setOpen] = useState(operationID !== undefined || isLinked);
  const query = {
    ...{ page: Number(parameters.get(PAGE) || '1'), page_size: PAGE_SIZE, order: 'newest' as const },
    ...(operationID !== undefined && { operationID }),
    ...(operationID === undefined && !isAll && { about: 'orchestration' as const }),
  };
  const { data, error } = useQuery({
    queryKey: ['orchestrations', id, 'events', query],
    queryFn: () =>
      body(
        rest.GET('/orchestrations/{orchestrationID}/events', {
          params: { path: { orchestrationID: id }, query },
        }),
      ),
    placeholderData: keepPreviousData,
    enabled: isOpen,
  });
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>What happened</h2>
      </summary>
      {operationID === undefined && <Choice isAll={isAll} />}
      {error && <Trouble error={error} />}
      {isOpen && !data && !error && <p className="quiet">Reading…</p>}
      {data && (
        <>
          {data.totalCount === 0 && <p className="quiet">Nothing yet.</p>}
          <ol className="events">
            {data.data.map((event) => (
              <EventRow key={event.eventID} event={event} isOfOne={operationID !== undefined} />
            ))}
          </ol>
          <PagesOf
            total={data.totalCount}
            what="events"
            parameter={PAGE}
            ways={['Newer events', 'Older events']}
          />
        </>
      )}
    </details>
  );
}

function Choice({ isAll }: { isAll: boolean }): ReactNode {
  const parameters = useSearchParameters();
  // The operations stay on their page.
  const choose = (events: string) => () =>
    parameters.set({ page: parameters.get('page'), [PAGE]: '', events });
  return (
    <p className="buttons" role="group" aria-label="Whose events">
      <button type="button" aria-pressed={!isAll} onClick={choose('')}>
        only the rollout’s own
      </button>
      <button type="button" aria-pressed={isAll} onClick={choose(WITH_OPERATIONS)}>
        operations too
      </button>
    </p>
  );
}

function EventRow({ event, isOfOne }: { event: Schemas['NamedEvent']; isOfOne: boolean }): ReactNode {
  const { orchestrationID, operationID, at, actor, shootName } = event;
  const { words, by, reason } = eventWords(event);
  return (
    <li>
      <Moment at={at} />{' '}
      {operationID !== null && !isOfOne && (
        <>
          <Link href={`/orchestrations/${orchestrationID}/operations/${operationID}`}>
            {shootName ?? operationID.slice(0, 8)}
          </Link>{' '}
        </>
      )}
      <b>{words}</b>
      {by !== null && ` by ${by}`}
      {reason && <>: {actor === 'drydock' ? <Said text={reason} /> : reason}</>}
    </li>
  );
}
