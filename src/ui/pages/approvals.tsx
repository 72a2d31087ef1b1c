import { useQueries } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { body, rest } from '../rest-client.ts';
import { titleOf, type Detail } from '../words/rollout-words.ts';
import { Evidence } from './orchestration/answer-dialog.tsx';
import { Waves } from './orchestration/waves.tsx';
import { useOrchestrations } from './orchestration-rows.tsx';

/** Those under way that may need somebody, with their waves: one a lane has the turn, so they are few. */
export function useDetails(): Detail[] {
  const { data } = useOrchestrations({ state: ['in progress', 'retrying', 'pending'], page_size: 20 });
  const ids = (data?.data ?? [])
    .filter(({ state, paused }) => state !== 'pending' || paused)
    .map(({ orchestrationID }) => orchestrationID);
  return useQueries({
    queries: ids.map((id) => ({
      queryKey: ['orchestrations', id],
      queryFn: () =>
        body(rest.GET('/orchestrations/{orchestrationID}', { params: { path: { orchestrationID: id } } })),
    })),
    combine: (results) => results.flatMap(({ data: detail }) => (detail ? [detail] : [])),
  });
}

/** Every question that stands, with what speaks for an answer. */
export function ApprovalsPage(): ReactNode {
  const asking = useDetails().flatMap((orchestration) =>
    orchestration.waves.filter(({ phase }) => phase === 'asking').map((wave) => ({ orchestration, wave })),
  );
  return (
    <main className="page">
      <title>Approvals · Drydock</title>
      <h1>Approvals</h1>
      {asking.length === 0 && <p className="quiet">No wave asks for an approval.</p>}
      {asking.map(({ orchestration, wave }) => (
        <article key={orchestration.orchestrationID} className="card">
          <h2>
            <Link href={`/orchestrations/${orchestration.orchestrationID}`}>{titleOf(orchestration)}</Link>{' '}
            after {wave.name}
          </h2>
          <Evidence orchestration={orchestration} wave={wave} />
          <Waves orchestration={orchestration} />
        </article>
      ))}
    </main>
  );
}
