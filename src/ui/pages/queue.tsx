import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { Moment, useNow, ZONE } from '../now.tsx';
import { ShortID } from '../parts/short-id.tsx';
import { ReasonDialog } from '../parts/reason-dialog.tsx';
import { TermsHere } from '../parts/terms-here.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { body, rest, type Schemas } from '../rest-client.ts';
import { useMayChange, useNeedsGroup } from '../session.tsx';
import { countOf, numberOf } from '../words/times.ts';
import { isEnding, titleOf } from '../words/rollout-words.ts';
import { laterTurnWords, turnWords } from '../words/turn-words.ts';
import { Said } from '../parts/said.tsx';

type Lane = Schemas['Lane'];

export function QueuePage(): ReactNode {
  const { data, error } = useQuery({ queryKey: ['queue'], queryFn: () => body(rest.GET('/queue')) });
  return (
    <main className="page">
      <title>Queue · Drydock</title>
      <h1>Queue</h1>
      {error && <Trouble error={error} />}
      {!data && !error && <p className="quiet">Reading…</p>}
      <TermsHere terms={['lane', 'turn']} />
      {data && <PauseOfEverything queue={data} />}
      {data?.lanes.map((lane) => (
        <LaneSection key={lane.name} lane={lane} paused={data.paused} />
      ))}
    </main>
  );
}

function PauseOfEverything({ queue }: { queue: Schemas['Queue'] }): ReactNode {
  const [isAsked, setAsked] = useState(false);
  const mayChange = useMayChange();
  const needsGroup = useNeedsGroup();
  const { paused } = queue;
  const send = (reason: string): Promise<unknown> =>
    body(
      paused
        ? rest.PUT('/queue/resume', { body: { reason } })
        : rest.PUT('/queue/pause', { body: { reason } }),
    );
  return (
    <>
      {paused && (
        <p className="why">
          Everything is paused by {paused.by} since <Moment at={paused.since} />:{' '}
          {paused.reason || 'no reason given'}
        </p>
      )}
      <p className="buttons">
        <button
          type="button"
          disabled={!mayChange}
          aria-describedby={mayChange ? undefined : 'queue-needs'}
          onClick={() => setAsked(true)}
        >
          {paused ? 'Resume everything…' : 'Pause everything…'}
        </button>
        {!mayChange && (
          <span id="queue-needs" className="quiet">
            {needsGroup}
          </span>
        )}
      </p>
      {isAsked && (
        <ReasonDialog
          title={paused ? 'Resume everything' : 'Pause everything'}
          verb={paused ? 'Resume everything' : 'Pause everything'}
          reason={paused ? 'wished' : 'needed'}
          send={send}
          onClose={() => setAsked(false)}
        >
          <p>
            {paused
              ? 'Orchestrations that are paused by themselves stay so; the others go on.'
              : 'Nothing begins in any orchestration, and no turn is given. What was sent finishes.'}
          </p>
        </ReasonDialog>
      )}
    </>
  );
}

interface LaneProps {
  lane: Lane;
  paused: Schemas['Queue']['paused'];
}

function LaneSection({ lane, paused }: LaneProps): ReactNode {
  const now = useNow();
  const { name, cap, configured, holder, waiting, first } = lane;
  return (
    <section aria-labelledby={`lane-${name}`}>
      <h2 id={`lane-${name}`}>
        Lane {name} <span className="quiet">at most {countOf(cap, 'worker')}</span>
      </h2>
      {!configured && <p className="quiet">It is no setting any more, and takes no new orchestration.</p>}
      <p>
        {holder ? (
          <>
            <Link href={`/orchestrations/${holder.orchestrationID}`}>{titleOf(holder)}</Link>{' '}
            <ShortID id={holder.orchestrationID} />, created by {holder.createdBy}, has the turn
            {holder.since && (
              <>
                {' '}
                since <Moment at={holder.since} />
              </>
            )}
            {isEnding(holder) ? ', and is being stopped' : holder.pauses.length > 0 && ', and is paused'}.
          </>
        ) : (
          'Nobody has the turn.'
        )}
      </p>
      {waiting === 0 ? (
        <p className="quiet">Nothing waits.</p>
      ) : (
        <div
          className="table blocks"
          tabIndex={0}
          role="group"
          aria-label={`Those that wait in lane ${name}`}
        >
          <table>
            <thead>
              <tr>
                <th scope="col" className="number">
                  Place
                </th>
                <th scope="col">Orchestration</th>
                <th scope="col">Its turn</th>
                <th scope="col">Why it waits</th>
                <th scope="col">Created by</th>
                <th scope="col">Since</th>
                <th scope="col">Order</th>
              </tr>
            </thead>
            <tbody>
              {first.map((one) => (
                <Waiting
                  key={one.orchestrationID}
                  one={one}
                  turn={
                    one.position === 1
                      ? turnWords(lane, paused, now, ZONE)
                      : laterTurnWords(lane, one.position, paused, now, ZONE)
                  }
                />
              ))}
            </tbody>
          </table>
          {waiting > first.length && <p className="quiet">and {numberOf(waiting - first.length)} more</p>}
        </div>
      )}
    </section>
  );
}

interface WaitingProps {
  one: Lane['first'][number];
  turn: string;
}

function Waiting({ one, turn }: WaitingProps): ReactNode {
  const [isAsked, setAsked] = useState(false);
  const mayChange = useMayChange();
  const needsGroup = useNeedsGroup();
  const { orchestrationID, position, createdBy, queuedAt, waitingFor } = one;
  const send = (reason: string): Promise<unknown> =>
    body(
      rest.PUT('/queue/{orchestrationID}/front', { params: { path: { orchestrationID } }, body: { reason } }),
    );
  return (
    <tr>
      <td className="number" data-label="Place">
        {position}
      </td>
      <th scope="row">
        <Link href={`/orchestrations/${orchestrationID}`}>{titleOf(one)}</Link>{' '}
        <ShortID id={orchestrationID} />
      </th>
      <td className="wide" data-label="Its turn">
        {turn}
      </td>
      <td className="wide" data-label="Why it waits">
        <Said text={waitingFor?.message ?? ''} />
      </td>
      <td data-label="Created by">{createdBy}</td>
      <td data-label="Since">
        <Moment at={queuedAt} />
      </td>
      <td>
        <button
          type="button"
          disabled={!mayChange || position === 1}
          title={mayChange ? (position === 1 ? 'It is the first already' : undefined) : `This ${needsGroup}`}
          onClick={() => setAsked(true)}
        >
          To the front…
        </button>
        {isAsked && (
          <ReasonDialog
            title="Move it to the front"
            verb="Move it"
            reason="wished"
            send={send}
            onClose={() => setAsked(false)}
          >
            <p>It gets the next turn of its lane. What has the turn now keeps it.</p>
          </ReasonDialog>
        )}
      </td>
    </tr>
  );
}
