import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, type ReactNode } from 'react';
import { Moment, useNow, ZONE } from '../../now.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { body, rest, type Schemas } from '../../rest-client.ts';
import { refresher } from '../../refresher.ts';
import {
  burnUpRows,
  burnUpWords,
  pictureOf,
  settledOf,
  type BurnUpPicture,
} from '../../words/burn-up-lines.ts';
import type { Detail } from '../../words/rollout-words.ts';
import { clockOf, numberOf } from '../../words/times.ts';

/** The time after which it is read anew though nothing is heard of. */
const REFETCH_MS = 10_000;
/** The least rest between two reads: one of 100,000 operations sorts all that have ended. */
const REST_MS = 2_000;

/** Operations that have ended, as planned and in fact. */
export function BurnUp({ orchestration }: { orchestration: Detail }): ReactNode {
  const { orchestrationID: id, state, progress } = orchestration;
  const now = useNow();
  const { data, error, refetch } = useQuery({
    queryKey: ['orchestrations', id, 'burn-up'],
    queryFn: () =>
      body(
        rest.GET('/orchestrations/{orchestrationID}/burn-up', { params: { path: { orchestrationID: id } } }),
      ),
    placeholderData: keepPreviousData,
    // A picture of hours: not read anew for each of a thousand events.
    meta: { isStill: true },
    refetchInterval: REFETCH_MS,
  });
  const refresh = useMemo(
    () =>
      refresher({
        read: async () => void (await refetch()),
        restMs: REST_MS,
        clock: () => performance.now(),
        later: (call, ms) => void setTimeout(call, ms),
      }),
    [refetch],
  );
  // Beside a headline that counts otherwise the picture would contradict it.
  const differs = data !== undefined && settledOf(data) !== progress.done;
  useEffect(() => {
    if (differs) refresh();
  }, [differs, progress.done, state, refresh]);
  const picture = data && pictureOf(data, now);
  if (!picture) return error ? <Trouble error={error} /> : null;
  const words = burnUpWords(data, now);
  return (
    <section aria-labelledby="burn-up">
      <h2 id="burn-up">Planned and actual</h2>
      <p>
        {words}. <Key />
      </p>
      <Picture picture={picture} words={words} total={data.total ?? 0} now={now} />
      <details>
        <summary>Show as a table</summary>
        <Table burnUp={data} />
      </details>
    </section>
  );
}

function Key(): ReactNode {
  return (
    <span className="quiet key">
      <Sample className="line-planned" /> planned <Sample className="line-actual" /> actual
    </span>
  );
}

function Sample({ className }: { className: string }): ReactNode {
  return (
    <svg width="24" height="8" aria-hidden="true">
      <line className={className} x1="0" x2="24" y1="4" y2="4" />
    </svg>
  );
}

interface PictureProps {
  picture: BurnUpPicture;
  words: string;
  total: number;
  now: number;
}

function Picture({ picture, words, total, now }: PictureProps): ReactNode {
  const { planned, actual, from, to } = picture;
  return (
    <div className="burn-up-frame">
      <p className="scale quiet" aria-hidden="true">
        <span>{numberOf(total)}</span>
        <span>0</span>
      </p>
      <svg
        className="burn-up"
        viewBox="0 0 100 100"
        preserveAspectRatio="none"
        width="100%"
        height="120"
        role="img"
        aria-label={`Operations that have ended by time: ${words}`}
      >
        {picture.now !== undefined && (
          <line className="line-now" x1={picture.now} x2={picture.now} y1="0" y2="100" />
        )}
        <polyline className="line-planned" points={planned} />
        <polyline className="line-actual" points={actual} />
      </svg>
      <p className="ends quiet">
        <span>{clockOf(from, now, ZONE)}</span>
        <span>{clockOf(to, now, ZONE)}</span>
      </p>
    </div>
  );
}

function Table({ burnUp }: { burnUp: Schemas['BurnUp'] }): ReactNode {
  return (
    <div
      className="table"
      tabIndex={0}
      role="group"
      aria-label="Operations that have ended, planned and actual"
    >
      <table>
        <thead>
          <tr>
            <th scope="col" className="number">
              Ended
            </th>
            <th scope="col">Planned</th>
            <th scope="col">Actual</th>
          </tr>
        </thead>
        <tbody>
          {burnUpRows(burnUp).map(({ count, planned, actual }) => (
            <tr key={count}>
              <th scope="row" className="number">
                {numberOf(count)}
              </th>
              <td>{planned ? <Moment at={planned} /> : 'not planned'}</td>
              <td>{actual ? <Moment at={actual} /> : 'not yet'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
