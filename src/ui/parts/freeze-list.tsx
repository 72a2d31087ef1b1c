import type { ReactNode } from 'react';
import { Moment, useNow } from '../now.tsx';
import type { Schemas } from '../rest-client.ts';
import { countOf, numberOf } from '../words/times.ts';
import { Icon } from './state-badge.tsx';

type Freeze = Schemas['PolicyOfFleet']['freezes'] extends (infer T)[] | null ? T : never;

interface FreezesProps {
  /** In order of their begin; null when they could not be read. */
  freezes: readonly Freeze[] | null;
  most: number;
}

/** The freezes that hold or begin soon: nothing of whom they touch begins meanwhile. */
export function FreezeList({ freezes, most }: FreezesProps): ReactNode {
  const now = useNow();
  if (!freezes) return <p className="why">The freezes can’t be told: this machine can’t read their times.</p>;
  const coming = freezes.filter(({ to }) => Date.parse(to) > now);
  if (coming.length === 0) return <p className="quiet">No freeze holds, and none begins within 30 days.</p>;
  return (
    <>
      <ul className="needs-you">
        {coming.slice(0, most).map((freeze) => (
          <li key={freeze.index}>
            <FreezeWords freeze={freeze} holds={Date.parse(freeze.from) <= now} />
          </li>
        ))}
      </ul>
      {coming.length > most && <p className="quiet">and {numberOf(coming.length - most)} more</p>}
    </>
  );
}

function FreezeWords({ freeze, holds }: { freeze: Freeze; holds: boolean }): ReactNode {
  const { name, reason, from, to, runtimes } = freeze;
  return (
    <>
      <Icon picture={holds ? 'stop' : 'wait'} /> Freeze <b>{name}</b>{' '}
      <span>
        {holds ? 'holds until ' : 'begins '}
        {!holds && (
          <>
            <Moment at={from} /> and holds until{' '}
          </>
        )}
        <Moment at={to} />: {reason}.{' '}
        {runtimes === null
          ? 'Whom it touches is being counted.'
          : `It touches ${countOf(runtimes, 'runtime')}.`}
      </span>
    </>
  );
}
