import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Moment } from '../../now.tsx';
import { body, rest, type Schemas } from '../../rest-client.ts';
import { Said } from '../../parts/said.tsx';
import { countOf, lengthOf, numberOf } from '../../words/times.ts';

type Plan = Schemas['Plan'];
type Summary = NonNullable<Plan['summary']>;

/** The effect of a request: what it would do, to whom, until when, and who is left out. */
export function PlanPreview({ plan }: { plan: Plan }): ReactNode {
  const { summary } = plan;
  if (!summary) return null;
  return (
    <section aria-labelledby="plan" className="card">
      <h2 id="plan">It would upgrade {countOf(summary.operations, 'runtime')}</h2>
      <Projection summary={summary} />
      <LeftOut plan={plan} summary={summary} />
      <div className="counts">
        {summary.byWave.length > 0 && (
          <Entries
            title="Waves"
            entries={summary.byWave.map(({ name, size }) => ({ key: name, count: size }))}
            rest={0}
          />
        )}
        <Entries title="Plans" {...summary.byPlan} />
        <Entries title="Regions" {...summary.byRegion} />
        {summary.byZone.entries.length > 0 && <Entries title="Zones of windows" {...summary.byZone} />}
      </div>
    </section>
  );
}

function Projection({ summary }: { summary: Summary }): ReactNode {
  const { projection } = summary;
  if (!projection?.begin || !projection.end) return null;
  const { from, unplaced } = projection;
  return (
    <p>
      With the turn now it begins <Moment at={projection.begin} /> and ends <Moment at={projection.end} />, if
      nothing fails and approvals come at once.{' '}
      <span className="quiet">
        {from.kind === 'assumed'
          ? `Each is assumed to take ${lengthOf(from.seconds * 1_000)}.`
          : `Each takes ${lengthOf(from.medianSeconds * 1_000)}, as the median of ${countOf(from.count, 'earlier one')} did.`}
      </span>
      {unplaced > 0 && (
        <strong> {countOf(unplaced, 'runtime')} would find no free worker in a window in time.</strong>
      )}
    </p>
  );
}

function LeftOut({ plan, summary }: { plan: Plan; summary: Summary }): ReactNode {
  const reasons = Object.entries(summary.leftOut);
  const total = reasons.reduce((sum, [, count]) => sum + count, 0);
  const { data } = useQuery({
    queryKey: ['plans', plan.planID, 'excluded'],
    queryFn: () =>
      body(
        rest.GET('/plans/{planID}/excluded', {
          params: { path: { planID: plan.planID }, query: { page: 1, page_size: 20 } },
        }),
      ),
    enabled: total > 0,
    meta: { isStill: true },
  });
  return (
    <>
      <p>
        {total === 0
          ? 'Nothing of what is meant is left out.'
          : `Left out: ${reasons.map(([reason, count]) => `${numberOf(count)} ${reason}`).join(', ')}.`}{' '}
        <span className="quiet">{countOf(summary.notSelected, 'other runtime')} are not meant.</span>
      </p>
      {data && data.data.length > 0 && (
        <details>
          <summary>Who is left out, and why</summary>
          <ul>
            {data.data.map(({ shootName, message }) => (
              <li key={shootName + message}>
                <Said text={message} />
              </li>
            ))}
          </ul>
          {data.totalCount > data.data.length && (
            <p className="quiet">and {numberOf(data.totalCount - data.data.length)} more</p>
          )}
        </details>
      )}
    </>
  );
}

interface EntriesProps {
  title: string;
  entries: { key: string; count: number }[];
  rest: number;
}

function Entries({ title, entries, rest: others }: EntriesProps): ReactNode {
  return (
    <table>
      <caption>{title}</caption>
      <tbody>
        {entries.slice(0, 10).map(({ key, count }) => (
          <tr key={key}>
            <th scope="row">{key}</th>
            <td className="number">{numberOf(count)}</td>
          </tr>
        ))}
        {(others > 0 || entries.length > 10) && (
          <tr>
            <th scope="row" className="quiet">
              others
            </th>
            <td className="number">
              {numberOf(others + entries.slice(10).reduce((sum, { count }) => sum + count, 0))}
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
