/** Orchestrations that have not ended, for the pages that show all of them. */
import { useQueries } from '@tanstack/react-query';
import { orchestrationQuery } from '../queries.ts';
import type { Schemas } from '../rest-client.ts';
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
