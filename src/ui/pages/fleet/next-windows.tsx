/** When the fleet may be upgraded next: the freezes in the way, the windows of the day, and those that come later. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Moment, useNow, ZONE } from '../../now.tsx';
import { FreezeList } from '../../parts/freeze-list.tsx';
import type { Schemas } from '../../rest-client.ts';
import { clockOf, countOf, numberOf } from '../../words/times.ts';
import { DAY_MS, windowsOfDay, type ZoneWindows } from '../../words/zone-windows.ts';

type Fleet = Schemas['Fleet'];

const MOST_FREEZES = 5;

export function NextWindows({ fleet }: { fleet: Fleet }): ReactNode {
  const now = useNow();
  const { zones, later } = windowsOfDay(fleet, now);
  const { freezes } = fleet.policy;
  return (
    <section aria-labelledby="windows">
      <h2 id="windows">Windows of the next 24 hours</h2>
      {!fleet.windows && (
        <p className="quiet">The windows are not known yet: the inventory has to be read first.</p>
      )}
      {(!freezes || freezes.length > 0) && <FreezeList freezes={freezes} most={MOST_FREEZES} />}
      <OfOlderPolicy fleet={fleet} />
      {fleet.windows && zones.length === 0 && <p className="quiet">No window opens within 24 hours.</p>}
      {zones.length > 0 && <ZoneTable zones={zones} now={now} />}
      {later && (
        <p>
          {countOf(later.runtimes, 'runtime')} {zones.length > 0 && 'more '}
          {later.runtimes === 1 ? 'has its' : 'have their'} next window after that, the first{' '}
          <Moment at={new Date(later.begin).toISOString()} />.
        </p>
      )}
      <WithoutWindow fleet={fleet} />
    </section>
  );
}

/** Only for as long as no worker has counted what the new policy means. */
function OfOlderPolicy({ fleet: { windows, policy } }: { fleet: Fleet }): ReactNode {
  if (!windows || windows.policyVersion === policy.version) return null;
  return (
    <p className="why">
      Version {policy.version} of the <Link href="/policy">maintenance policy</Link> holds. What stands below
      is still by {windows.policyVersion === 0 ? 'no policy' : `version ${windows.policyVersion}`}, until the
      fleet has been counted anew.
    </p>
  );
}

const REASONS: [keyof NonNullable<Fleet['windows']>['withoutWindow'], string][] = [
  ['frozen', 'frozen'],
  ['opted out', 'opted out'],
  ['no definition', 'with nothing that says when'],
];

function WithoutWindow({ fleet: { windows } }: { fleet: Fleet }): ReactNode {
  if (!windows) return null;
  const { withoutWindow } = windows;
  const all = Object.values(withoutWindow).reduce((sum, count) => sum + count, 0);
  if (all === 0) return null;
  const parts = REASONS.filter(([reason]) => withoutWindow[reason] > 0);
  return (
    <p>
      {countOf(all, 'runtime')} {all === 1 ? 'has' : 'have'} no window within 30 days:{' '}
      {parts.map(([reason, words]) => `${numberOf(withoutWindow[reason])} ${words}`).join(', ')}.
    </p>
  );
}

function ZoneTable({ zones, now }: { zones: ZoneWindows[]; now: number }): ReactNode {
  return (
    <div className="table" tabIndex={0} role="group" aria-labelledby="windows">
      <table>
        <thead>
          <tr>
            <th scope="col">Zone</th>
            <th scope="col" className="number">
              Runtimes whose next window it is
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
  );
}

function ZoneRow({
  zone: { zone, open, runtimes, parts },
  now,
}: {
  zone: ZoneWindows;
  now: number;
}): ReactNode {
  const [first, again] = open;
  return (
    <tr>
      <th scope="row">{zone}</th>
      <td className="number">{numberOf(runtimes)}</td>
      <td>
        {first && (first.begin <= now ? 'open now' : <Moment at={new Date(first.begin).toISOString()} />)}
      </td>
      <td>
        {first && clockOf(first.end, now, ZONE)}
        {again && <span className="quiet">, and opens again {clockOf(again.begin, now, ZONE)}</span>}
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
