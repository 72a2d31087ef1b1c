/** Stacks, and one of them: its parts in the order of their dependencies, what is wrong with them, and what can be done. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { Moment } from '../now.tsx';
import { newestOf } from '../newest.ts';
import { PlanPicture } from './stack/plan-picture.tsx';
import { PAGE_SIZE, PagesOf } from '../parts/pages-of.tsx';
import { ReasonDialog } from '../parts/reason-dialog.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { WorkflowLink } from '../parts/workflow-link.tsx';
import { body, rest, type Schemas } from '../rest-client.ts';
import { useSearchParameters } from '../search-parameters.ts';
import { workflowIDOf } from '../words/workflow-ids.ts';
import { useMayChange, useNeedsGroup } from '../session.tsx';
import { stackWords } from '../words/state-words.ts';
import { inOrder } from '../words/part-order.ts';

type Stack = Schemas['Stack'];
type Action = 'START' | 'SHUTDOWN' | 'RESTART' | 'STOP';

const ACTIONS: { action: Action; verb: string; means: string; isDangerous: boolean }[] = [
  {
    action: 'START',
    verb: 'Start',
    means: 'Creates what is missing, in the order below.',
    isDangerous: false,
  },
  {
    action: 'RESTART',
    verb: 'Restart',
    means: 'Starts the instances again with the networks and volumes they had. Creates nothing.',
    isDangerous: false,
  },
  {
    action: 'SHUTDOWN',
    verb: 'Shut down',
    means: 'Shuts all instances down, adopted ones too, and keeps everything else.',
    isDangerous: true,
  },
  {
    action: 'STOP',
    verb: 'Stop',
    means: 'Destroys what the stack has created, volumes too, and leaves what it has adopted.',
    isDangerous: true,
  },
];

export function StacksPage(): ReactNode {
  const page = Number(useSearchParameters().get('page') || '1');
  const { data, error } = useQuery({
    queryKey: ['stacks', 'list', page],
    queryFn: () => readStacks(page),
    placeholderData: keepPreviousData,
  });
  return (
    <main className="page">
      <title>Stacks · Drydock</title>
      <h1>Stacks</h1>
      {error && <Trouble error={error} />}
      {!data && !error && <p className="quiet">Reading…</p>}
      {data?.total === 0 && <p className="quiet">There is no stack yet.</p>}
      {data && data.stacks.length > 0 && (
        <div className="table" tabIndex={0} role="group" aria-label="Stacks">
          <table>
            <thead>
              <tr>
                <th scope="col">Stack</th>
                <th scope="col">Status</th>
                <th scope="col">Since</th>
                <th scope="col">What is wrong</th>
              </tr>
            </thead>
            <tbody>
              {data.stacks.map((stack) => (
                <tr key={stack.name}>
                  <th scope="row">
                    <Link href={`/stacks${stack.name}`}>{stack.name}</Link>
                  </th>
                  <td>
                    <StateBadge words={stackWords(stack.status)} />
                  </td>
                  <td>
                    <Moment at={stack.status_timestamp} />
                  </td>
                  <td className="wide">{Object.values(stack.info.errors).join('; ') || '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {data && data.total > 0 && <PagesOf total={data.total} what="stacks" />}
    </main>
  );
}

/** A page of the list, whose number of all stands in a header. */
async function readStacks(page: number): Promise<{ stacks: Stack[]; total: number }> {
  let total = 0;
  const answer = rest
    .GET('/orchestration/', { params: { query: { page, page_size: PAGE_SIZE } } })
    .then((given) => {
      total = Number(given.response.headers.get('X-Total-Count'));
      return given;
    });
  const { result: stacks } = await body(answer);
  return { stacks, total };
}

interface StackPath {
  container: string;
  user: string;
  name: string;
}

export function StackPage({ path }: { path: StackPath }): ReactNode {
  const { data, error } = useQuery({
    queryKey: ['stacks', path],
    queryFn: () => body(rest.GET('/orchestration/{container}/{user}/{name}', { params: { path } })),
  });
  return (
    <main className="page">
      <p>
        <Link href="/stacks">← all stacks</Link>
      </p>
      {error && <Trouble error={error} />}
      {!data && !error && <p className="quiet">Reading…</p>}
      {data && (
        <>
          <title>{`${data.name}, ${stackWords(data.status).word} · Drydock`}</title>
          <header className="headline">
            <div>
              <h1>
                <StateBadge words={stackWords(data.status)} /> {data.name}
              </h1>
              <p className="quiet">
                {data.description && `${data.description}, `}since <Moment at={data.status_timestamp} />
              </p>
            </div>
            <StackActions path={path} name={data.name} />
          </header>
          <Parts stack={data} />
          <WorkflowLink workflowID={workflowIDOf.stack(data.name)} />
          <StackEvents path={path} />
        </>
      )}
    </main>
  );
}

function StackActions({ path, name }: { path: StackPath; name: string }): ReactNode {
  const [asked, setAsked] = useState<(typeof ACTIONS)[number]>();
  const mayChange = useMayChange();
  const needsGroup = useNeedsGroup();
  const send = (): Promise<unknown> =>
    body(
      rest.PUT('/orchestration/{container}/{user}/{name}', {
        params: { path, query: { action: asked?.action } },
      }),
    );
  return (
    <div className="actions">
      {ACTIONS.map((one) => (
        <button
          key={one.action}
          type="button"
          className={one.action === 'STOP' ? 'apart dangerous' : ''}
          disabled={!mayChange}
          onClick={() => setAsked(one)}
        >
          {one.verb}…
        </button>
      ))}
      {!mayChange && <p className="quiet needs">You may read. A change {needsGroup}.</p>}
      {asked && (
        <ReasonDialog
          title={`${asked.verb} ${name}`}
          verb={asked.verb}
          isDangerous={asked.isDangerous}
          reason="none"
          send={send}
          onClose={() => setAsked(undefined)}
        >
          <p>{asked.means}</p>
        </ReasonDialog>
      )}
    </div>
  );
}

function Parts({ stack }: { stack: Stack }): ReactNode {
  return (
    <section aria-labelledby="parts">
      <h2 id="parts">Object plans, in the order of a start</h2>
      <PlanPicture stack={stack} />
      <div className="table" tabIndex={0} role="group" aria-labelledby="parts">
        <table>
          <thead>
            <tr>
              <th scope="col">Object plan</th>
              <th scope="col">Status</th>
              <th scope="col">Type</th>
              <th scope="col">After</th>
              <th scope="col">Watched</th>
              <th scope="col">What is wrong</th>
            </tr>
          </thead>
          <tbody>
            {inOrder(stack).map(({ plan, after }) => (
              <tr key={plan.label}>
                <th scope="row">{plan.label}</th>
                <td>
                  <StateBadge words={stackWords(plan.status)} />
                </td>
                <td>{plan.obj_type}</td>
                <td>{after.join(', ') || '–'}</td>
                <td>{plan.ha_policy}</td>
                <td className="wide">
                  {Object.entries(plan.info.errors)
                    .map(([object, said]) => `${object}: ${said}`)
                    .join('; ') || '–'}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function StackEvents({ path }: { path: StackPath }): ReactNode {
  const { data } = useQuery({
    queryKey: ['stacks', path, 'events'],
    queryFn: () =>
      newestOf((page, page_size) =>
        body(
          rest.GET('/orchestration/{container}/{user}/{name}/events', {
            params: { path, query: { page, page_size } },
          }),
        ),
      ),
  });
  if (!data) return null;
  return (
    <section aria-labelledby="events">
      <h2 id="events">What happened last</h2>
      <ol className="events">
        {data.rows.map(({ eventID, at, kind, toState, object, actor, reason }) => (
          <li key={eventID}>
            <Moment at={at} /> <b>{toState ?? kind}</b> {object} by {actor}: {reason}
          </li>
        ))}
      </ol>
    </section>
  );
}
