/** Deeds of people, newest first. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Moment } from '../now.tsx';
import { PAGE_SIZE, PagesOf } from '../parts/pages-of.tsx';
import { ShortID } from '../parts/short-id.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { BASE, body, rest, type Schemas } from '../rest-client.ts';
import { useSearchParameters } from '../search-parameters.ts';
import { deedWords } from '../words/deed-words.ts';
import { titleOf } from '../words/rollout-words.ts';

type Deed = Schemas['Deed'];

const ABOUT = ['orchestrations', 'queue', 'maintenance-policy', 'stacks', 'webhooks'] as const;
const NAMES: Record<(typeof ABOUT)[number], string> = {
  orchestrations: 'orchestrations',
  queue: 'the queue',
  'maintenance-policy': 'the maintenance policy',
  stacks: 'stacks',
  webhooks: 'webhooks',
};

export function AuditPage(): ReactNode {
  const parameters = useSearchParameters();
  const about = ABOUT.filter((one) => one === parameters.get('about'));
  const actor = parameters.get('actor');
  const page = Number(parameters.get('page') || '1');
  const { data, error } = useQuery({
    queryKey: ['audit', about, actor, page],
    queryFn: () =>
      body(
        rest.GET('/audit', {
          params: {
            query: {
              ...{ page, page_size: PAGE_SIZE },
              ...(about.length > 0 && { about }),
              ...(actor !== '' && { actor: [actor] }),
            },
          },
        }),
      ),
    placeholderData: keepPreviousData,
  });
  return (
    <main className="page">
      <title>Audit · Drydock</title>
      <h1>Audit</h1>
      <p className="quiet">
        What people have done. What followed from it stands at each orchestration and stack.{' '}
        <a href={`${BASE}/report`} download="night-report.md">
          Night report
        </a>{' '}
        (the last 12 hours, Markdown)
      </p>
      <form className="filters" onSubmit={(event) => event.preventDefault()}>
        <label>
          About
          <select value={about[0] ?? ''} onChange={(event) => parameters.set({ about: event.target.value })}>
            <option value="">anything</option>
            {ABOUT.map((one) => (
              <option key={one} value={one}>
                {NAMES[one]}
              </option>
            ))}
          </select>
        </label>
        <label>
          By
          <input
            type="search"
            placeholder="anybody"
            value={actor}
            onChange={(event) => parameters.set({ actor: event.target.value })}
          />
        </label>
      </form>
      {error && <Trouble error={error} />}
      {!data && !error && <p className="quiet">Reading…</p>}
      {data && (
        <>
          {data.data.length > 0 && <DeedTable deeds={data.data} />}
          <PagesOf total={data.totalCount} what="deeds" />
        </>
      )}
    </main>
  );
}

function DeedTable({ deeds }: { deeds: Deed[] }): ReactNode {
  return (
    <div className="table" tabIndex={0} role="group" aria-label="Deeds">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">Of what</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {deeds.map((deed) => (
            <tr
              key={[
                ...[deed.at, deed.event, deed.orchestrationID, deed.stack, deed.object, deed.webhookID],
                deed.kind,
              ].join(' ')}
            >
              <td>
                <Moment at={deed.at} />
              </td>
              <th scope="row">{deed.actor}</th>
              <td>{deedWords(deed)}</td>
              <td>
                <Concerned deed={deed} />
              </td>
              <td className="wide">{deed.reason || '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Concerned({ deed }: { deed: Deed }): ReactNode {
  const { event, orchestrationID, orchestration, stack, object, webhookID, webhook } = deed;
  if (orchestrationID !== null)
    return (
      <>
        <Link href={`/orchestrations/${orchestrationID}`}>
          {orchestration ? titleOf(orchestration) : 'orchestration'}
        </Link>{' '}
        <ShortID id={orchestrationID} />
        {orchestration && orchestration.createdBy !== deed.actor && (
          <span className="quiet">, created by {orchestration.createdBy}</span>
        )}
      </>
    );
  if (stack !== null)
    return (
      <>
        <Link href={`/stacks${stack}`}>{stack}</Link>
        {object !== null && `, ${object}`}
      </>
    );
  if (webhookID !== null)
    return <Link href="/you">{webhook === '' ? `webhook ${webhookID.slice(0, 8)}` : webhook}</Link>;
  return event === 'policy' ? (
    <Link href="/policy">maintenance policy</Link>
  ) : (
    <Link href="/queue">queue</Link>
  );
}
