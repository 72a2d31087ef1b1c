/** From the name of a Shoot to why it waits, or why it is left out: `/` from everywhere, a name, Enter. */
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode, type SyntheticEvent } from 'react';
import { Link } from 'wouter';
import { operationQuery, orchestrationQuery } from '../queries.ts';
import { Why } from '../parts/why.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { body, rest, type Schemas } from '../rest-client.ts';
import { useSearchParameters } from '../search-parameters.ts';
import { useTold } from '../status.tsx';
import { countOf } from '../words/times.ts';
import { foremost } from '../words/operation-words.ts';
import { Said } from '../parts/said.tsx';
import { titleOf } from '../words/rollout-words.ts';

type Runtime = Schemas['Runtime'];

export function RuntimeSearch(): ReactNode {
  const parameters = useSearchParameters();
  const search = parameters.get('shoot');
  const [text, setText] = useState(search);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    parameters.set({ shoot: text.trim() });
  };
  return (
    <section aria-label="A runtime">
      <form className="filters" role="search" onSubmit={submit}>
        <label>
          <span>
            Why does this runtime wait? Press <kbd>/</kbd> to come here.
          </span>
          <input
            id="runtime-search"
            type="search"
            value={text}
            placeholder="name of its Shoot, or runtime ID"
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <button type="submit">Look</button>
      </form>
      {search !== '' && <Found search={search} />}
    </section>
  );
}

/** All states, those that other lists leave out too. */
async function runtimesNamed(search: string): Promise<Runtime[]> {
  const isID = /^[0-9a-f]{8}-/.test(search);
  const { data } = await body(
    rest.GET('/runtimes', {
      params: {
        query: {
          ...(isID ? { runtime_id: [search] } : { shoot: [search] }),
          state: ['all', 'deprovisioned'],
          page_size: 10,
        },
      },
    }),
  );
  return data;
}

function Found({ search }: { search: string }): ReactNode {
  const { data, error } = useQuery({
    queryKey: ['runtimes', search],
    queryFn: () => runtimesNamed(search),
  });
  useTold(search, data && `${countOf(data.length, 'runtime')} found`);
  if (error) return <Trouble error={error} />;
  if (!data) return <p className="quiet">Looking…</p>;
  if (data.length === 0) return <NoRuntime search={search} />;
  return (
    <>
      {data.map((runtime) => (
        <RuntimeCard key={runtime.runtimeID} runtime={runtime} />
      ))}
    </>
  );
}

/** A Shoot without a runtime ID is no runtime, and is left out for that. */
function NoRuntime({ search }: { search: string }): ReactNode {
  const { data, error } = useQuery({
    queryKey: ['runtimes', search, 'left out'],
    queryFn: () => leftOutOf(search),
    meta: { isStill: true },
  });
  if (error) return <Trouble error={error} />;
  if (!data) return <p className="quiet">Looking…</p>;
  return (
    <div className="note" role="status">
      <p>
        The inventory has no runtime “{search}”
        {data.length === 0 ? ': names have to be whole.' : ', but it was left out:'}
      </p>
      <SaidByEach said={data} />
    </div>
  );
}

async function leftOutOf(search: string): Promise<Said[]> {
  const open = await openOrchestrations();
  const found = await Promise.all(
    open.map(async (orchestration) => {
      const { orchestrationID } = orchestration;
      const { data } = await body(
        rest.GET('/orchestrations/{orchestrationID}/excluded', {
          params: { path: { orchestrationID }, query: { search, page: 1, page_size: 100 } },
        }),
      );
      return data
        .filter(({ shootName }) => shootName === search)
        .map(({ message }) => ({ orchestrationID, title: titleOf(orchestration), message }));
    }),
  );
  return found.flat();
}

/** The newest ones under way that have a plan. */
async function openOrchestrations() {
  const list = await body(
    rest.GET('/orchestrations', {
      params: { query: { state: ['in progress', 'retrying'], page: 1, page_size: 5 } },
    }),
  );
  const open = Array.isArray(list) ? list : list.data;
  return open.filter(({ progress }) => progress.total !== null);
}

function RuntimeCard({ runtime }: { runtime: Runtime }): ReactNode {
  const { shootName, servicePlanName, region, status, kymaVersion } = runtime;
  const newest = foremost([...(status.upgradingKyma?.data ?? []), ...(status.upgradingCluster?.data ?? [])]);
  return (
    <article className="card">
      <h2>{shootName}</h2>
      <p className="quiet">
        {servicePlanName}, {region}, {status.state},{' '}
        {kymaVersion ? `Kyma ${kymaVersion}` : 'Kyma version not known'}
      </p>
      {newest ? <Newest operation={newest} /> : <p>No upgrade of it is planned or was ever made.</p>}
      <OpenOrchestrations runtime={runtime} exceptOf={newest?.orchestrationID} />
    </article>
  );
}

type Newest = Schemas['RuntimeOperation'];

/** The newest operation as the inventory tells it, or as it tells itself where it belongs to an orchestration. */
function Newest({ operation }: { operation: Newest }): ReactNode {
  const { orchestrationID, operationID, description } = operation;
  if (!orchestrationID)
    return (
      <p className="why">
        <Said text={description} />
      </p>
    );
  return <Told orchestrationID={orchestrationID} operationID={operationID} before={description} />;
}

interface ToldProps {
  orchestrationID: string;
  operationID: string;
  /** Shown until it has been read. */
  before: string;
}

function Told({ orchestrationID, operationID, before }: ToldProps): ReactNode {
  const { data } = useQuery(operationQuery(orchestrationID, operationID));
  const { data: orchestration } = useQuery(orchestrationQuery(orchestrationID));
  return (
    <>
      {data ? (
        <Why operation={data} />
      ) : (
        <p className="why">
          <Said text={before} />
        </p>
      )}
      <p>
        <Link href={`/orchestrations/${orchestrationID}/operations/${operationID}`}>Its operation</Link>
        {orchestration && (
          <>
            {' '}
            of <Link href={`/orchestrations/${orchestrationID}`}>{ofWhom(orchestration)}</Link>
          </>
        )}
      </p>
    </>
  );
}

/** Why those under way have it, or leave it out. */
function OpenOrchestrations({ runtime, exceptOf }: { runtime: Runtime; exceptOf?: string }): ReactNode {
  const { data } = useQuery({
    queryKey: ['runtimes', runtime.runtimeID, 'in', exceptOf],
    queryFn: () => saidOf(runtime.runtimeID, exceptOf),
  });
  return data ? <SaidByEach said={data} /> : null;
}

/** The upgrade, and who has begun it. */
function ofWhom(orchestration: Parameters<typeof titleOf>[0] & { createdBy: string }): string {
  return `${titleOf(orchestration)}, by ${orchestration.createdBy}`;
}

interface Said {
  orchestrationID: string;
  title: string;
  message: string;
}

function SaidByEach({ said }: { said: Said[] }): ReactNode {
  if (said.length === 0) return null;
  return (
    <ul>
      {said.map(({ orchestrationID, title, message }) => (
        <li key={orchestrationID}>
          <Link href={`/orchestrations/${orchestrationID}`}>{title}</Link>: <Said text={message} />
        </li>
      ))}
    </ul>
  );
}

async function saidOf(runtimeID: string, exceptOf?: string) {
  const open = await openOrchestrations();
  const said = await Promise.all(
    open
      .filter(({ orchestrationID }) => orchestrationID !== exceptOf)
      .map(async (orchestration) => {
        const { orchestrationID } = orchestration;
        const path = { orchestrationID, runtimeID };
        const { kind, message } = await body(
          rest.GET('/orchestrations/{orchestrationID}/runtimes/{runtimeID}', { params: { path } }),
        );
        return { orchestrationID, title: ofWhom(orchestration), kind, message };
      }),
  );
  // Those that mean other runtimes have nothing to say of this one.
  return said.filter(({ kind }) => kind !== 'not-selected');
}
