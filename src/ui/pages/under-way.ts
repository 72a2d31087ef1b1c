/** Orchestrations that have not ended, or have failed lately, for the pages that show all of them. */
import { useQueries } from '@tanstack/react-query';
import { useNow, ZONE } from '../now.tsx';
import { orchestrationQuery } from '../queries.ts';
import type { Schemas } from '../rest-client.ts';
import { namesApart, type Named } from '../words/names-apart.ts';
import { FAILED_HOURS } from '../words/needs.ts';
import type { Detail } from '../words/rollout-words.ts';
import { useOrchestrations } from './orchestration-rows.tsx';

type Orchestration = Schemas['Orchestration'];

/** In the order in which they are shown. */
const RUNNING: Orchestration['state'][] = ['in progress', 'retrying', 'canceling'];

interface UnderWay {
  /** Those that run before those that are queued. */
  orchestrations: Orchestration[];
  isRead: boolean;
  error: Error | null;
}

/** However many are queued, they leave those that run in sight: these are asked for by themselves. */
export function useUnderWay(): UnderWay {
  const running = useOrchestrations({ state: RUNNING, page_size: 100 });
  const queued = useOrchestrations({ state: ['pending'], page_size: 20 });
  const inOrder = (running.data?.data ?? []).toSorted(
    (a, b) => RUNNING.indexOf(a.state) - RUNNING.indexOf(b.state),
  );
  return {
    orchestrations: [...inOrder, ...(queued.data?.data ?? [])],
    isRead: running.data !== undefined && queued.data !== undefined,
    error: running.error ?? queued.error,
  };
}

/** At most so many that have ended are shown; the list of orchestrations has the others. */
const MOST_ENDED = 10;

interface Ending {
  orchestrations: Orchestration[];
  /** Those that have ended with failures lately and are not among these. */
  more: number;
  isRead: boolean;
  error: Error | null;
}

/** Those that are being stopped, and those that have ended with failures lately. */
export function useEnding(): Ending {
  const { orchestrations, isRead, error } = useUnderWay();
  const ended = useOrchestrations({ failedHours: FAILED_HOURS, page_size: MOST_ENDED });
  const found = ended.data?.data ?? [];
  return {
    orchestrations: [...orchestrations.filter(({ state }) => state === 'canceling'), ...found],
    more: (ended.data?.totalCount ?? 0) - found.length,
    isRead: isRead && ended.data !== undefined,
    error: error ?? ended.error,
  };
}

/** Names of all of these, so that one is called alike wherever it stands on a page. */
export function useNames(): (one: Named) => string {
  const now = useNow();
  return namesApart([...useUnderWay().orchestrations, ...useEnding().orchestrations], now, ZONE);
}

interface Details {
  details: Detail[];
  isRead: boolean;
  error: Error | null;
}

/** Those under way that may need somebody, with their waves: one a lane has the turn, so they are few. */
export function useDetails(): Details {
  const { orchestrations, isRead, error } = useUnderWay();
  const read = useQueries({
    queries: orchestrations
      .filter(({ state, paused }) => state !== 'canceling' && (state !== 'pending' || paused))
      .map(({ orchestrationID }) => orchestrationQuery(orchestrationID)),
    combine: (results) => ({
      details: results.flatMap(({ data }) => (data ? [data] : [])),
      isRead: results.every(({ data }) => data !== undefined),
      error: results.find((result) => result.error)?.error ?? null,
    }),
  });
  return { details: read.details, isRead: isRead && read.isRead, error: error ?? read.error };
}
