import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useNow, ZONE } from '../now.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { namesApart } from '../words/names-apart.ts';
import { asks } from '../words/rollout-words.ts';
import { Evidence } from './orchestration/answer-dialog.tsx';
import { Waves } from './orchestration/waves.tsx';
import { useDetails } from './under-way.ts';

/** Every question that stands, with what speaks for an answer. */
export function ApprovalsPage(): ReactNode {
  const { details, isRead, error } = useDetails();
  const asking = details.flatMap((orchestration) =>
    orchestration.waves.filter(asks).map((wave) => ({ orchestration, wave })),
  );
  const nameOf = namesApart(
    asking.map(({ orchestration }) => orchestration),
    useNow(),
    ZONE,
  );
  return (
    <main className="page">
      <title>Approvals · Drydock</title>
      <h1>Approvals</h1>
      {error && <Trouble error={error} />}
      {!isRead && !error && <p className="quiet">Reading…</p>}
      {isRead && !error && asking.length === 0 && <p className="quiet">No wave asks for an approval.</p>}
      {asking.map(({ orchestration, wave }) => (
        <article key={orchestration.orchestrationID} className="card">
          <h2>
            <Link href={`/orchestrations/${orchestration.orchestrationID}`}>{nameOf(orchestration)}</Link>{' '}
            after {wave.name}
          </h2>
          <Evidence orchestration={orchestration} wave={wave} />
          <Waves orchestration={orchestration} />
        </article>
      ))}
    </main>
  );
}
