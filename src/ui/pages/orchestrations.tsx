import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Moment, useNow, ZONE } from '../now.tsx';
import { PAGE_SIZE, PagesOf } from '../parts/pages-of.tsx';
import { ShareBar } from '../parts/share-bar.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Trouble } from '../parts/trouble.tsx';
import type { Schemas } from '../rest-client.ts';
import { useSearchParameters } from '../search-parameters.ts';
import { useShootNames } from '../shoot-names.ts';
import { namesApart } from '../words/names-apart.ts';
import { FAILED_HOURS } from '../words/needs.ts';
import { progressOf, runtimesIn, targetsOf } from '../words/rollout-words.ts';
import { orchestrationWords, stateWords } from '../words/state-words.ts';
import { useOrchestrations } from './orchestration-rows.tsx';

type State = Schemas['Orchestration']['state'];

const STATES: State[] = [
  'pending',
  'in progress',
  'retrying',
  'canceling',
  'canceled',
  'succeeded',
  'failed',
];

/** The value of `failed` in the address, as links to this page have it. */
const LATELY = 'lately';

export function OrchestrationsPage(): ReactNode {
  const parameters = useSearchParameters();
  const state = STATES.filter((one) => one === parameters.get('state'));
  const isFailedLately = parameters.get('failed') === LATELY;
  const { data, error } = useOrchestrations({
    page: Number(parameters.get('page') || '1'),
    page_size: PAGE_SIZE,
    ...(state.length > 0 && { state }),
    ...(isFailedLately && { failedHours: FAILED_HOURS }),
  });
  return (
    <main className="page">
      <title>Orchestrations · Drydock</title>
      <h1>Orchestrations</h1>
      <form className="filters" onSubmit={(event) => event.preventDefault()}>
        <label>
          State
          <select
            value={parameters.get('state')}
            onChange={(event) => parameters.set({ state: event.target.value })}
          >
            <option value="">any</option>
            {STATES.map((one) => (
              <option key={one} value={one}>
                {one === 'pending' ? 'queued' : stateWords(one).word}
              </option>
            ))}
          </select>
        </label>
        <label>
          Failures
          <select
            value={isFailedLately ? LATELY : ''}
            onChange={(event) => parameters.set({ failed: event.target.value })}
          >
            <option value="">any</option>
            <option value={LATELY}>ended with failures in {FAILED_HOURS} hours</option>
          </select>
        </label>
      </form>
      {error && <Trouble error={error} />}
      {!data && !error && <p className="quiet">Reading…</p>}
      {data && (
        <>
          <OrchestrationTable orchestrations={data.data} />
          <PagesOf total={data.totalCount} what="orchestrations" />
        </>
      )}
    </main>
  );
}

function OrchestrationTable({ orchestrations }: { orchestrations: Schemas['Orchestration'][] }): ReactNode {
  const nameOf = namesApart(orchestrations, useNow(), ZONE);
  const shoots = useShootNames(
    orchestrations.flatMap(({ parameters }) => runtimesIn(parameters.targets.include)),
  );
  return (
    <div className="table blocks" tabIndex={0} role="group" aria-label="Orchestrations">
      <table>
        <thead>
          <tr>
            <th scope="col">Upgrade</th>
            <th scope="col">State</th>
            <th scope="col" className="bar-column">
              Operations
            </th>
            <th scope="col">Done</th>
            <th scope="col">Targets</th>
            <th scope="col">Created</th>
          </tr>
        </thead>
        <tbody>
          {orchestrations.map((orchestration) => (
            <tr key={orchestration.orchestrationID}>
              <th scope="row">
                <Link href={`/orchestrations/${orchestration.orchestrationID}`}>{nameOf(orchestration)}</Link>
              </th>
              <td>
                <StateBadge words={orchestrationWords(orchestration)} />
              </td>
              <td className="bar-column">
                <ShareBar stats={orchestration.operationStats} label={nameOf(orchestration)} />
              </td>
              <td data-label="Done">{progressOf(orchestration)}</td>
              <td className="wide" data-label="Targets">
                {targetsOf(orchestration.parameters.targets.include, shoots)}
              </td>
              <td data-label="Created">
                <Moment at={orchestration.createdAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
