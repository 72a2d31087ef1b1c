/** Live events: one stream of events for the page, closed while nobody sees it. */
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { BASE } from './rest-client.ts';
import { refresher } from './refresher.ts';
import { oldestOf, rowClockOf } from './words/times.ts';
import { useNow, ZONE } from './now.tsx';

const REST_MS = 1_000;
/** Without a stream the page asks by itself, and tries the stream again. */
const ASK_MS = 10_000;

const EVENTS = [
  'orchestration',
  'operation',
  'wave',
  'approval',
  'queue',
  'policy',
  'stack',
  'object',
  'webhook',
  'reset',
];

const IsLive = createContext(false);

/** Keeps everything that its children show up to date. */
export function LiveUpdates({ children }: { children: ReactNode }): ReactNode {
  const client = useQueryClient();
  const [isLive, setLive] = useState(false);
  const [path] = useLocation();
  const orchestration = /^\/orchestrations\/([0-9a-f-]{36})/.exec(path)?.[1];
  useEffect(() => follow({ client, orchestration, setLive }), [client, orchestration]);
  return <IsLive value={isLive}>{children}</IsLive>;
}

interface Following {
  client: QueryClient;
  orchestration: string | undefined;
  setLive: (isLive: boolean) => void;
}

function follow({ client, orchestration, setLive }: Following): () => void {
  const refresh = refresher({
    read: () => client.invalidateQueries({ predicate: ({ meta }) => meta?.['isStill'] !== true }),
    restMs: REST_MS,
    clock: () => performance.now(),
    later: (call, ms) => void setTimeout(call, ms),
  });
  let source: EventSource | undefined;
  const close = (): void => {
    source?.close();
    source = undefined;
    setLive(false);
  };
  const open = (): void => {
    if (source && source.readyState !== EventSource.CLOSED) return;
    const query = orchestration ? `?orchestration=${orchestration}` : '';
    source = new EventSource(`${BASE}/events/stream${query}`);
    // Changes from before the stream began are read once.
    source.addEventListener('hello', () => {
      setLive(true);
      refresh();
    });
    for (const event of EVENTS) source.addEventListener(event, refresh);
    source.addEventListener('error', () => setLive(false));
  };
  const look = (): void => {
    if (document.hidden) return close();
    open();
    if (source?.readyState !== EventSource.OPEN) refresh();
  };
  look();
  document.addEventListener('visibilitychange', look);
  const asking = setInterval(look, ASK_MS);
  return () => {
    document.removeEventListener('visibilitychange', look);
    clearInterval(asking);
    close();
  };
}

/** Says whether what is shown is live, and otherwise of when it is. */
export function Liveness(): ReactNode {
  const isLive = useContext(IsLive);
  const client = useQueryClient();
  const now = useNow();
  if (isLive) return <span className="liveness live">live</span>;
  const readAt = client
    .getQueryCache()
    .findAll({ type: 'active', predicate: ({ meta }) => meta?.['isStill'] !== true })
    .map(({ state }) => state.dataUpdatedAt);
  const oldest = oldestOf(readAt);
  return (
    <span className="liveness">
      {oldest === null ? 'connecting' : `as of ${rowClockOf(oldest, now, ZONE)}`}
    </span>
  );
}
