/** The first page: what needs somebody, what runs now, what is next, and what the fleet is. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useNow } from '../now.tsx';
import { Icon } from '../parts/state-badge.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { fleetQuery } from '../queries.ts';
import { body, rest, type Schemas } from '../rest-client.ts';
import { useShootNames } from '../shoot-names.ts';
import { runtimesIn } from '../words/rollout-words.ts';
import { needsOf, type Need } from '../words/needs.ts';
import { runtimeWords } from '../words/state-words.ts';
import { countOf, lengthOf, numberOf, shareOf } from '../words/times.ts';
import { NextWindows } from './fleet/next-windows.tsx';
import { RunningRow } from './orchestration-rows.tsx';
import { RuntimeSearch } from './runtime-search.tsx';
import { useDetails, useEnding, useNames, useUnderWay } from './under-way.ts';

type Fleet = Schemas['Fleet'];

export function FleetPage(): ReactNode {
  const { data: fleet, error } = useQuery(fleetQuery);
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
  const nameOf = useNames();
  const shoots = useShootNames(
    orchestrations.flatMap(({ parameters }) => runtimesIn(parameters.targets.include)),
  );
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
          <RunningRow
            key={orchestration.orchestrationID}
            orchestration={orchestration}
            name={nameOf(orchestration)}
            shoots={shoots}
          />
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
  const now = useNow();
  const { details, isRead, error } = useDetails();
  const ending = useEnding();
  const queue = useQuery({ queryKey: ['queue'], queryFn: () => body(rest.GET('/queue')) });
  return {
    needs: needsOf({
      ...{ orchestrations: details, ending: ending.orchestrations, moreEnded: ending.more },
      ...{ now, nameOf: useNames(), queue: queue.data, fleet },
    }),
    isRead: isRead && ending.isRead && queue.data !== undefined && fleet !== undefined,
    error: error ?? ending.error ?? queue.error,
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

/** The fleet as the inventory has it, and how old that is. */
function Inventory({ fleet }: { fleet: Fleet }): ReactNode {
  const { inventory, runtimes, leftOut } = fleet;
  const reasons = Object.entries(leftOut).sort(([, a], [, b]) => b - a);
  return (
    <section aria-labelledby="inventory">
      <h2 id="inventory">{countOf(runtimes, 'runtime')}</h2>
      <p className="quiet">
        All of the fleet but those that are hibernated or gone. Windows and freezes count those alone that
        take part in upgrades.{' '}
        {inventory.ageSeconds === null
          ? 'The inventory has not been read yet.'
          : `As the inventory had it ${lengthOf(inventory.ageSeconds * 1_000)} ago.`}
        {inventory.failure && ` The last read failed: ${inventory.failure.message}`}
      </p>
      <div className="counts">
        <Counts
          title="Kyma version"
          about="runtimes by the version that Drydock upgraded them to last"
          counts={fleet.byKymaVersion}
          total={runtimes}
        />
        <Counts
          title="Kubernetes version"
          about="runtimes by the version that their Shoot has"
          counts={fleet.byKubernetesVersion}
          total={runtimes}
        />
        <Counts
          title="State"
          about="runtimes by what they are, those that are hibernated too"
          counts={fleet.byState.map(({ key, count }) => ({ key: runtimeWords(key), count }))}
          total={fleet.byState.reduce((sum, { count }) => sum + count, 0)}
        />
        <Counts title="Plan" about="runtimes by their service plan" counts={fleet.byPlan} total={runtimes} />
        <Counts
          title="Region"
          about="runtimes by the region of their Shoot"
          counts={fleet.byRegion}
          total={runtimes}
        />
        {reasons.length > 0 && (
          <Counts
            title="Left out of upgrades"
            about="Shoots of the inventory that no upgrade takes, by the reason why"
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
  /** The things that are counted, and by what. */
  about: string;
  counts: readonly { key: string | null; count: number }[];
  total: number;
}

function Counts({ title, about, counts, total }: CountsProps): ReactNode {
  return (
    <table>
      <caption>
        {title}
        <span className="quiet about">{about}</span>
      </caption>
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
