import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { Moment } from '../../now.tsx';
import { PAGE_SIZE, PagesOf } from '../../parts/pages-of.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { body, rest, type Schemas } from '../../rest-client.ts';
import { useSearchParameters, type SearchParameters } from '../../search-parameters.ts';
import { useTold } from '../../status.tsx';
import type { Detail } from '../../words/rollout-words.ts';
import { stateWords } from '../../words/state-words.ts';
import { WAITS } from '../../words/wait-words.ts';
import { countOf } from '../../words/times.ts';
import { whyOf } from '../../words/operation-words.ts';
import { Said } from '../../parts/said.tsx';

type Operation = Schemas['Operation'];
type State = Operation['state'];
type Code = Schemas['WaitingFor']['code'];

const STATES: State[] = ['pending', 'in progress', 'retrying', 'failed', 'succeeded', 'canceled'];
const FILTERS = ['search', 'state', 'wave', 'waitingFor', 'cause'];
/** Milliseconds after the last key before it is looked for. */
const TYPING_MS = 300;

export function OperationsTable({ orchestration }: { orchestration: Detail }): ReactNode {
  const parameters = useSearchParameters();
  const { data, error, isPlaceholderData } = useOperations(orchestration.orchestrationID, parameters);
  const sought = FILTERS.map((name) => parameters.get(name)).join(' ');
  const isTold = data && !isPlaceholderData && sought.trim() !== '';
  useTold(sought, isTold ? countOf(data.totalCount, 'operation') : undefined);
  return (
    <section aria-labelledby="operations">
      <h2 id="operations">Operations</h2>
      <Filters parameters={parameters} waves={orchestration.waves.map(({ name }) => name)} />
      {error && <Trouble error={error} />}
      {!data && !error && <p className="quiet">Reading…</p>}
      {data && (
        <>
          <div className="table blocks" tabIndex={0} role="group" aria-labelledby="operations">
            <table aria-busy={isPlaceholderData}>
              <thead>
                <tr>
                  <th scope="col">Shoot</th>
                  <th scope="col">State</th>
                  <th scope="col">Why, or what came of it</th>
                  <th scope="col">Region</th>
                  <th scope="col">Plan</th>
                  <th scope="col">Begun</th>
                  <th scope="col" className="number">
                    Attempts
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.data.map((operation) => (
                  <Row key={operation.operationID} operation={operation} />
                ))}
              </tbody>
            </table>
          </div>
          {data.totalCount === 0 && (
            <Nobody search={parameters.get('search')} id={orchestration.orchestrationID} />
          )}
          <PagesOf total={data.totalCount} what="operations" />
        </>
      )}
    </section>
  );
}

function useOperations(orchestrationID: string, parameters: SearchParameters) {
  const query = {
    page: Number(parameters.get('page') || '1'),
    page_size: PAGE_SIZE,
    ...(parameters.get('state') && { state: [parameters.get('state') as State] }),
    ...(parameters.get('search') && { search: parameters.get('search') }),
    ...(parameters.get('wave') && { wave: [parameters.get('wave')] }),
    ...(parameters.get('waitingFor') && { waitingFor: [parameters.get('waitingFor') as Code] }),
    ...(parameters.get('cause') && { cause: parameters.get('cause') }),
  };
  return useQuery({
    queryKey: ['orchestrations', orchestrationID, 'operations', query],
    queryFn: () =>
      body(
        rest.GET('/orchestrations/{orchestrationID}/operations', {
          params: { path: { orchestrationID }, query },
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

function Row({ operation }: { operation: Operation }): ReactNode {
  const { operationID, orchestrationID, shootName, state, startedAt } = operation;
  return (
    <tr>
      <th scope="row">
        <Link href={`/orchestrations/${orchestrationID}/operations/${operationID}`}>{shootName}</Link>
      </th>
      <td>
        <StateBadge words={stateWords(state)} />
      </td>
      <td className="wide">
        <Said text={whyOf(operation)} />
      </td>
      <td data-label="Region">{operation.region}</td>
      <td data-label="Plan">{operation.servicePlanName}</td>
      <td data-label="Begun">{startedAt ? <Moment at={startedAt} isShort /> : '–'}</td>
      <td className="number" data-label="Attempts">
        {operation.attempts}
      </td>
    </tr>
  );
}

function Filters({ parameters, waves }: { parameters: SearchParameters; waves: string[] }): ReactNode {
  return (
    <form className="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <Search parameters={parameters} />
      <label>
        State
        <select
          value={parameters.get('state')}
          onChange={(event) => parameters.set({ state: event.target.value })}
        >
          <option value="">any</option>
          {STATES.map((state) => (
            <option key={state} value={state}>
              {stateWords(state).word}
            </option>
          ))}
        </select>
      </label>
      {waves.length > 0 && (
        <label>
          Wave
          <select
            value={parameters.get('wave')}
            onChange={(event) => parameters.set({ wave: event.target.value })}
          >
            <option value="">any</option>
            {waves.map((wave) => (
              <option key={wave} value={wave}>
                {wave}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        Waits for
        <select
          value={parameters.get('waitingFor')}
          onChange={(event) => parameters.set({ waitingFor: event.target.value })}
        >
          <option value="">anything</option>
          {Object.entries(WAITS).map(([code, words]) => (
            <option key={code} value={code}>
              {words}
            </option>
          ))}
        </select>
      </label>
      {parameters.get('cause') && (
        <button type="button" onClick={() => parameters.set({ cause: '' })}>
          One cause of failures ✕
        </button>
      )}
    </form>
  );
}

/** The text is looked for when the typing rests. */
function Search({ parameters: { get, set } }: { parameters: SearchParameters }): ReactNode {
  const present = get('search');
  const [text, setText] = useState(present);
  // Spaces at its ends are not looked for, and stay: the next word may be on its way.
  useEffect(() => setText((typed) => (typed.trim() === present ? typed : present)), [present]);
  useEffect(() => {
    if (text.trim() === present) return undefined;
    const typing = setTimeout(() => set({ search: text.trim() }), TYPING_MS);
    return () => clearTimeout(typing);
  }, [text, present]);
  return (
    <label>
      Search
      <input
        type="search"
        value={text}
        placeholder="shoot, account, region, plan"
        onChange={(event) => setText(event.target.value)}
      />
    </label>
  );
}

/** A runtime that is not found may have been left out: the reason is one click away. */
function Nobody({ search, id }: { search: string; id: string }): ReactNode {
  const { data } = useQuery({
    queryKey: ['orchestrations', id, 'excluded', search],
    queryFn: () =>
      body(
        rest.GET('/orchestrations/{orchestrationID}/excluded', {
          params: { path: { orchestrationID: id }, query: { search, page: 1, page_size: 10 } },
        }),
      ),
    meta: { isStill: true },
    enabled: search !== '',
  });
  if (!data || data.totalCount === 0) return <p className="quiet">No operation matches this.</p>;
  return (
    <div className="note">
      <p>No operation matches this, but it was left out:</p>
      <ul>
        {data.data.map(({ shootName, reason, message }) => (
          <li key={shootName + reason}>
            <b>{shootName}</b>: <Said text={message} />
          </li>
        ))}
      </ul>
    </div>
  );
}
