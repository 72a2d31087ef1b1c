/** The present time, for all that is shown relative to it. */
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import { clockOf, distanceOf } from './words/times.ts';

/** The zone of whoever looks. */
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

const STEP_MS = 5_000;

const Now = createContext(0);

export function WithNow({ children }: { children: ReactNode }): ReactNode {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const ticking = setInterval(() => setNow(Date.now()), STEP_MS);
    return () => clearInterval(ticking);
  }, []);
  return <Now value={now}>{children}</Now>;
}

/** Milliseconds since the epoch, a few seconds old at most. */
export function useNow(): number {
  return useContext(Now);
}

/** A moment by the clock with its zone, and how far away it is. */
export function Moment({ at, isShort = false }: { at: string; isShort?: boolean }): ReactNode {
  const now = useNow();
  const ms = Date.parse(at);
  return (
    <time dateTime={at} title={at}>
      {clockOf(ms, now, ZONE)}
      {!isShort && <span className="quiet">, {distanceOf(ms, now)}</span>}
    </time>
  );
}
