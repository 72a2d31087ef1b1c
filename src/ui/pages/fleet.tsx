/** The first page: what needs somebody, what runs now, what is next, and what the fleet is. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Moment, useNow, ZONE } from '../now.tsx';
import { Icon } from '../parts/state-badge.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { body, rest, type Schemas } from '../rest-client.ts';
import { needsOf, type Need } from '../words/needs.ts';
import { DAY_MS, windowsByZone, type ZoneWindows } from '../words/zone-windows.ts';
import { countOf, clockOf, lengthOf, numberOf, shareOf } from '../words/times.ts';
import { RunningRow } from './orchestration-rows.tsx';
import { RuntimeSearch } from './runtime-search.tsx';
import { useDetails, useUnderWay } from './under-way.ts';

type Fleet = Schemas['Fleet'];

export function FleetPage(): ReactNode {
  const { data: fleet, error } = useQuery({
    queryKey: ['fleet'],
    queryFn: () => body(rest.GET('/fleet')),
  });
  const needs = useNeeds(fleet);
  const trouble = error ?? needs.error;
  return (
    <main className="page">
      <title>Fleet · Drydock</title>
      <h1>Fleet</h1>
      <RuntimeSearch />
      {trouble && <Trouble error={trouble} />}
      <NeedsYou {...needs} hasTrouble={trouble !== null} />
      <UnderWay />
      {fleet && <NextWindows fleet={fleet} />}
      {fleet && <Inventory fleet={fleet} />}
    </main>
  );
}

/** Those that run, and those that are queued; their trouble stands above. */
function UnderWay(): ReactNode {
  const { orchestrations, isRead, error } = useUnderWay();
  return (
    <section aria-labelledby="running">
      <h2 id="running">Under way</h2>
      {!isRead && !error && <p className="quiet">Reading…</p>}
      {isRead && !error && orchestrations.length === 0 && (
        <p className="quiet">
          Nothing runs, and nothing is queued. <Link href="/new">Begin an upgrade</Link>
        </p>
      )}
      <ul className="plain">
        {orchestrations.map((orchestration) => (
          <RunningRow key={orchestration.orchestrationID} orchestration={orchestration} />
        ))}
      </ul>
    </section>
  );
}

interface Needs {
  needs: Need[];
  isRead: boolean;
  error: Error | null;
}

function useNeeds(fleet: Fleet | undefined): Needs {
  const { details, isRead, error } = useDetails();
  const queue = useQuery({ queryKey: ['queue'], queryFn: () => body(rest.GET('/queue')) });
  return {
    needs: needsOf({ orchestrations: details, queue: queue.data, fleet }),
    isRead: isRead && queue.data !== undefined && fleet !== undefined,
    error: error ?? queue.error,
  };
}

/** Everything that stands still until somebody does something. */
function NeedsYou({ needs, isRead, hasTrouble }: Needs & { hasTrouble: boolean }): ReactNode {
  const [words] = [
    hasTrouble && 'Not all of it could be read.',
    !isRead && 'Reading…',
    needs.length === 0 && 'Nothing waits for a person.',
  ].filter(Boolean);
  return (
    <section aria-labelledby="needs-you">
      <h2 id="needs-you">Needs you</h2>
      {words && <p className="quiet">{words}</p>}
      <ul className="needs-you">
        {needs.map(({ key, href, title, words: said, picture }) => (
          <li key={key}>
            <Icon picture={picture} /> <Link href={href}>{title}</Link> <span>{said}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function NextWindows({ fleet }: { fleet: Fleet }): ReactNode {
  const now = useNow();
  const zones = windowsByZone(fleet, now);
  return (
    <section aria-labelledby="windows">
      <h2 id="windows">Windows of the next 24 hours</h2>
      {zones.length === 0 ? (
        <p className="quiet">No window opens within 24 hours.</p>
      ) : (
        <div className="table" tabIndex={0} role="group" aria-labelledby="windows">
          <table>
            <thead>
              <tr>
                <th scope="col">Zone</th>
                <th scope="col" className="number">
                  Runtimes
                </th>
                <th scope="col">Opens</th>
                <th scope="col">Closes</th>
                <th scope="col" className="bar-column">
                  From now to {clockOf(now + DAY_MS, now, ZONE)}
                </th>
              </tr>
            </thead>
            <tbody>
              {zones.map((zone) => (
                <ZoneRow key={zone.zone} zone={zone} now={now} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function ZoneRow({ zone, now }: { zone: ZoneWindows; now: number }): ReactNode {
  const { begin, end, runtimes, more, parts } = zone;
  return (
    <tr>
      <th scope="row">{zone.zone}</th>
      <td className="number">
        {numberOf(runtimes)}
        {more > 0 && <span className="quiet"> and up to {numberOf(more)} more</span>}
      </td>
      <td>{begin <= now ? 'open now' : <Moment at={new Date(begin).toISOString()} />}</td>
      <td>
        {clockOf(end, now, ZONE)}
        {more > 0 && <span className="quiet"> or later</span>}
      </td>
      <td className="bar-column">
        <svg className="timeline" width="100%" height="14" aria-hidden="true">
          <rect className="bar-rest" width="100%" height="100%" />
          {parts.map(({ from, to }) => (
            <rect
              key={from}
              className="bar-busy"
              x={`${from * 100}%`}
              width={`${(to - from) * 100}%`}
              height="100%"
            />
          ))}
        </svg>
      </td>
    </tr>
  );
}

/** The fleet as the inventory has it, and how old that is. */
function Inventory({ fleet }: { fleet: Fleet }): ReactNode {
  const { inventory, runtimes, leftOut } = fleet;
  const reasons = Object.entries(leftOut).sort(([, a], [, b]) => b - a);
  return (
    <section aria-labelledby="inventory">
      <h2 id="inventory">{countOf(runtimes, 'runtime')}</h2>
      <p className="quiet">
        {inventory.ageSeconds === null
          ? 'The inventory has not been read yet.'
          : `As the inventory had it ${lengthOf(inventory.ageSeconds * 1_000)} ago.`}
        {inventory.failure && ` The last read failed: ${inventory.failure.message}`}
      </p>
      <div className="counts">
        <Counts title="Kyma version" counts={fleet.byKymaVersion} total={runtimes} />
        <Counts title="Kubernetes version" counts={fleet.byKubernetesVersion} total={runtimes} />
        <Counts title="State" counts={fleet.byState} total={runtimes} />
        <Counts title="Plan" counts={fleet.byPlan} total={runtimes} />
        <Counts title="Region" counts={fleet.byRegion} total={runtimes} />
        {reasons.length > 0 && (
          <Counts
            title="Left out of upgrades"
            counts={reasons.map(([key, count]) => ({ key, count }))}
            total={reasons.reduce((sum, [, count]) => sum + count, 0)}
          />
        )}
      </div>
    </section>
  );
}

interface CountsProps {
  title: string;
  counts: readonly { key: string | null; count: number }[];
  total: number;
}

function Counts({ title, counts, total }: CountsProps): ReactNode {
  return (
    <table>
      <caption>{title}</caption>
      <tbody>
        {counts.slice(0, 8).map(({ key, count }) => (
          <tr key={key}>
            <th scope="row">{key ?? 'not upgraded by Drydock yet'}</th>
            <td className="number">{numberOf(count)}</td>
            <td className="number quiet">{shareOf(count, total)}</td>
          </tr>
        ))}
        {counts.length > 8 && (
          <tr>
            <th scope="row" className="quiet">
              {counts.length - 8} others
            </th>
            <td className="number">{numberOf(counts.slice(8).reduce((sum, { count }) => sum + count, 0))}</td>
            <td />
          </tr>
        )}
      </tbody>
    </table>
  );
}
