import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { Moment, useNow, ZONE } from '../now.tsx';
import { ShareBar } from '../parts/share-bar.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { body, rest, type Schemas } from '../rest-client.ts';
import { useMayChange, useNeedsGroup } from '../session.tsx';
import { orchestrationWords } from '../words/state-words.ts';
import { endOf, inProgressWords, isEnding, mayPause, progressOf, targetsOf } from '../words/rollout-words.ts';
import { PauseDialog } from './orchestration/actions.tsx';
import { Said } from '../parts/said.tsx';

type Orchestration = Schemas['Orchestration'];
type State = Orchestration['state'];

interface ListQuery {
  state?: State[];
  /** Only those that have ended with failures in so many hours. */
  failedHours?: number;
  page?: number;
  page_size: number;
}

/** A page of orchestrations, newest first. */
export function useOrchestrations({ page = 1, failedHours, ...given }: ListQuery) {
  return useQuery({
    queryKey: ['orchestrations', 'list', { page, failedHours, ...given }],
    queryFn: async () => {
      // By the time of the read: what is asked for moves on with it.
      const failedSince = failedHours && new Date(Date.now() - failedHours * 3_600_000).toISOString();
      const query = { page, ...given, ...(failedSince && { failedSince }) };
      const list = await body(rest.GET('/orchestrations', { params: { query } }));
      return Array.isArray(list) ? { data: list, count: list.length, totalCount: list.length } : list;
    },
    placeholderData: keepPreviousData,
  });
}

interface RunningRowProps {
  orchestration: Orchestration;
  /** Among the others of the page. */
  name: string;
  /** Names of Shoots by runtime ID. */
  shoots: ReadonlyMap<string, string>;
}

/** A running orchestration: how far it is, why it does not go on, and the way to hold it. */
export function RunningRow({ orchestration, name, shoots }: RunningRowProps): ReactNode {
  const [isAsked, setAsked] = useState(false);
  const mayChange = useMayChange();
  const needsGroup = useNeedsGroup();
  const now = useNow();
  const { orchestrationID: id, progress, waitingFor, pauses, operationStats } = orchestration;
  const ends = endOf(progress, now, ZONE);
  const inProgress = inProgressWords(orchestration, now, ZONE);
  const [pause] = pauses;
  return (
    <li className="running">
      <p className="running-head">
        <StateBadge words={orchestrationWords(orchestration)} />{' '}
        <Link href={`/orchestrations/${id}`}>{name}</Link>{' '}
        <span className="quiet">{targetsOf(orchestration.parameters.targets.include, shoots)}</span>
      </p>
      {mayPause(orchestration) && (
        <button
          type="button"
          disabled={!mayChange}
          title={mayChange ? undefined : `This ${needsGroup}`}
          onClick={() => setAsked(true)}
        >
          Pause…
        </button>
      )}
      <ShareBar stats={operationStats} label={name} />
      <p className="quiet">
        {progressOf(orchestration)}
        {progress.failed > 0 && `, ${progress.failed} failed`}
        {inProgress && `, ${inProgress}`}
        {ends && `, ${ends}`}
      </p>
      {pause && !isEnding(orchestration) ? (
        <p className="why">
          Paused by {pause.by} since <Moment at={pause.since} />: {pause.reason || 'no reason given'}
        </p>
      ) : (
        waitingFor && (
          <p className="why">
            <Said text={waitingFor.message} />
          </p>
        )
      )}
      {isAsked && <PauseDialog id={id} onClose={() => setAsked(false)} />}
    </li>
  );
}
