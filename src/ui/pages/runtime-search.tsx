/** From the name of a Shoot to why it waits, or why it is left out: `/` from everywhere, a name, Enter. */
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode, type SyntheticEvent } from 'react';
import { Link } from 'wouter';
import { Moment } from '../now.tsx';
import { operationQuery } from '../queries.ts';
import { Trouble } from '../parts/trouble.tsx';
import { body, rest, type Schemas } from '../rest-client.ts';
import { useSearchParameters } from '../search-parameters.ts';
import { useTold } from '../status.tsx';
import { countOf } from '../words/times.ts';
import { pageWords } from '../words/page-words.ts';

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
  if (data.length === 0) {
    return (
      <p className="note" role="status">
        The inventory has no runtime “{search}”: names have to be whole. A Shoot without a runtime ID is none.
      </p>
    );
  }
  return (
    <>
      {data.map((runtime) => (
        <RuntimeCard key={runtime.runtimeID} runtime={runtime} />
      ))}
    </>
  );
}

function RuntimeCard({ runtime }: { runtime: Runtime }): ReactNode {
  const { shootName, servicePlanName, region, status, kymaVersion } = runtime;
  const newest = [...(status.upgradingKyma?.data ?? []), ...(status.upgradingCluster?.data ?? [])].sort(
    (a, b) => b.createdAt.localeCompare(a.createdAt),
  )[0];
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
  if (!orchestrationID) return <p className="why">{description}</p>;
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
  const waits = data?.waitingFor;
  return (
    <>
      <p className="why">{pageWords(waits?.message ?? data?.description ?? before)}</p>
      <p>
        {waits?.until && (
          <>
            Until <Moment at={waits.until} />.{' '}
          </>
        )}
        <Link href={`/orchestrations/${orchestrationID}/operations/${operationID}`}>Its operation</Link>
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
  if (!data || data.length === 0) return null;
  return (
    <ul>
      {data.map(({ orchestrationID, message }) => (
        <li key={orchestrationID}>
          <Link href={`/orchestrations/${orchestrationID}`}>In what runs</Link>: {pageWords(message)}
        </li>
      ))}
    </ul>
  );
}

async function saidOf(runtimeID: string, exceptOf?: string) {
  const list = await body(
    rest.GET('/orchestrations', {
      params: { query: { state: ['in progress', 'retrying'], page: 1, page_size: 5 } },
    }),
  );
  const open = Array.isArray(list) ? list : list.data;
  return Promise.all(
    open
      .filter(({ orchestrationID, progress }) => orchestrationID !== exceptOf && progress.total !== null)
      .map(async ({ orchestrationID }) => {
        const path = { orchestrationID, runtimeID };
        const { message } = await body(
          rest.GET('/orchestrations/{orchestrationID}/runtimes/{runtimeID}', { params: { path } }),
        );
        return { orchestrationID, message };
      }),
  );
}
