/** From the name of a Shoot, or a part of it, to why it waits, or why it is left out: `/` from everywhere, a name, Enter. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode, type SyntheticEvent } from 'react';
import { Link } from 'wouter';
import { useNow, ZONE } from '../now.tsx';
import { operationQuery, orchestrationQuery } from '../queries.ts';
import { Why } from '../parts/why.tsx';
import { TermsHere } from '../parts/terms-here.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { body, rest, type Schemas } from '../rest-client.ts';
import { useSearchParameters } from '../search-parameters.ts';
import { useTold } from '../status.tsx';
import { countOf } from '../words/times.ts';
import { foremost } from '../words/operation-words.ts';
import { Said } from '../parts/said.tsx';
import { namesApart } from '../words/names-apart.ts';
import { titleOf } from '../words/rollout-words.ts';
import { runtimeWords } from '../words/state-words.ts';

type Runtime = Schemas['Runtime'];

export function RuntimeSearch(): ReactNode {
  const parameters = useSearchParameters();
  const search = parameters.get('shoot');
  const [text, setText] = useState(search);
  useEffect(() => setText(search), [search]);
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
            placeholder="a part of its Shoot’s name, or of its ID"
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <button type="submit">Look</button>
      </form>
      <TermsHere terms={['Shoot']} />
      {search !== '' && <Found search={search} />}
    </section>
  );
}

/** Hits that are named; more than that nobody reads. */
const MOST = 20;

/** All states, those that other lists leave out too. */
function runtimesWith(search: string) {
  const query = {
    search,
    state: ['all' as const, 'deprovisioned' as const],
    page_size: MOST,
  };
  return body(rest.GET('/runtimes', { params: { query } }));
}

/** The whole name is meant, where there is one; otherwise all that were found. */
function runtimesNamed(search: string) {
  const query = {
    shoot: [search.toLowerCase()],
    state: ['all' as const, 'deprovisioned' as const],
    page_size: MOST,
  };
  return body(rest.GET('/runtimes', { params: { query } }));
}

async function runtimesFound(search: string): Promise<{ data: Runtime[]; totalCount: number }> {
  const named = await runtimesNamed(search);
  return named.totalCount > 0 ? named : runtimesWith(search);
}

function Found({ search }: { search: string }): ReactNode {
  const { data, error } = useQuery({
    queryKey: ['runtimes', search],
    queryFn: () => runtimesFound(search),
  });
  useTold(search, data && `${countOf(data.totalCount, 'runtime')} found`);
  if (error) return <Trouble error={error} />;
  if (!data) return <p className="quiet">Looking…</p>;
  const [first] = data.data;
  if (!first) return <NoRuntime search={search} />;
  // A name may come again, after its first Shoot is gone.
  const isOne = data.data.every(({ shootName }) => shootName === first.shootName);
  return (
    <>
      {!data.data.some((runtime) => isWhole(search, runtime)) && <AlsoLeftOut search={search} />}
      {isOne ? (
        data.data.map((runtime) => <RuntimeCard key={runtime.runtimeID} runtime={runtime} />)
      ) : (
        <Choice runtimes={data.data} total={data.totalCount} />
      )}
    </>
  );
}

function isWhole(
  search: string,
  { shootName, runtimeID }: Pick<Runtime, 'shootName' | 'runtimeID'>,
): boolean {
  const wanted = search.toLowerCase();
  return shootName.toLowerCase() === wanted || runtimeID.toLowerCase() === wanted;
}

/** Those that are found by a part of their names, to choose one. */
function Choice({ runtimes, total }: { runtimes: Runtime[]; total: number }): ReactNode {
  return (
    <div className="note">
      <p>
        {countOf(total, 'runtime')} found{total > runtimes.length && `, the first ${MOST}`}:
      </p>
      <ul>
        {runtimes.map(({ runtimeID, shootName, servicePlanName, region, status }) => (
          <li key={runtimeID}>
            <Link href={`/?shoot=${encodeURIComponent(shootName)}`}>{shootName}</Link>{' '}
            <span className="quiet">
              {servicePlanName}, {region}, {runtimeWords(status.state)}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function useLeftOut(search: string) {
  return useQuery({
    queryKey: ['runtimes', search, 'left out'],
    queryFn: () => leftOutOf(search),
    meta: { isStill: true },
  });
}

/** The one that has the whole name, where runtimes have it as a part of theirs. */
function AlsoLeftOut({ search }: { search: string }): ReactNode {
  const { data } = useLeftOut(search);
  const named = data?.filter(({ shootName }) => shootName === search.toLowerCase()) ?? [];
  if (named.length === 0) return null;
  return (
    <div className="note" role="status">
      <p>“{search}” itself was left out:</p>
      <SaidByEach said={named} />
    </div>
  );
}

/** A Shoot without a runtime ID is no runtime, and is left out for that. */
function NoRuntime({ search }: { search: string }): ReactNode {
  const { data, error } = useLeftOut(search);
  if (error) return <Trouble error={error} />;
  if (!data) return <p className="quiet">Looking…</p>;
  return (
    <div className="note" role="status">
      <p>
        The inventory has no runtime with “{search}” in its name or ID
        {data.length === 0 ? '.' : ', but these were left out:'}
      </p>
      <SaidByEach said={data} />
    </div>
  );
}

interface LeftOut extends OfOne {
  shootName: string;
}

async function leftOutOf(search: string): Promise<LeftOut[]> {
  const open = await openOrchestrations();
  const found = await Promise.all(
    open.map(async (orchestration) => {
      const { orchestrationID } = orchestration;
      const { data } = await body(
        rest.GET('/orchestrations/{orchestrationID}/excluded', {
          // The whole name goes before those of which it is a part.
          params: { path: { orchestrationID }, query: { search, page: 1, page_size: MOST } },
        }),
      );
      return data.map(({ shootName, message }) => ({
        key: `${orchestrationID} ${shootName}`,
        orchestration,
        shootName,
        message,
      }));
    }),
  );
  return found.flat().slice(0, MOST);
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
  const { data: told } = useQuery({
    ...operationQuery(newest?.orchestrationID ?? '', newest?.operationID ?? ''),
    enabled: Boolean(newest?.orchestrationID),
  });
  return (
    <article className="card">
      <h2>{shootName}</h2>
      <p className="quiet">
        {servicePlanName}, {region}, {runtimeWords(status.state, told?.waitingFor?.code)},{' '}
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

/** Something that is told of a runtime by an orchestration. */
interface OfOne {
  key: string;
  orchestration: Schemas['Orchestration'];
  message: string;
}

function SaidByEach({ said }: { said: OfOne[] }): ReactNode {
  const named = new Map(said.map(({ orchestration }) => [orchestration.orchestrationID, orchestration]));
  const nameOf = namesApart([...named.values()], useNow(), ZONE);
  if (said.length === 0) return null;
  return (
    <ul>
      {said.map(({ key, orchestration, message }) => (
        <li key={key}>
          <Link href={`/orchestrations/${orchestration.orchestrationID}`}>{nameOf(orchestration)}</Link>:{' '}
          <Said text={message} />
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
        return { key: orchestrationID, orchestration, kind, message };
      }),
  );
  // Those that mean other runtimes have nothing to say of this one.
  return said.filter(({ kind }) => kind !== 'not-selected');
}
