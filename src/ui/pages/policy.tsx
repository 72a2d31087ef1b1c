/** The maintenance policy: what holds, what another one would mean, and only then the change. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { Moment } from '../now.tsx';
import { FreezeList } from '../parts/freeze-list.tsx';
import { ReasonDialog } from '../parts/reason-dialog.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { fleetQuery } from '../queries.ts';
import { body, Refused, rest, type Schemas } from '../rest-client.ts';
import { useMayChange, useNeedsGroup } from '../session.tsx';
import { changedLines } from '../words/changed-lines.ts';
import { countOf, numberOf } from '../words/times.ts';
import { zoneName } from '../words/zone-windows.ts';

import { PolicyTables } from './policy/policy-tables.tsx';

type Policy = Schemas['MaintenancePolicy'];
type Preview = Schemas['PolicyOfFleet'];

const MOST_FREEZES = 20;

interface Held {
  policy: Policy;
  etag: string;
}

async function readPolicy(): Promise<Held> {
  let etag = '';
  const answer = rest.GET('/maintenance-policy').then((given) => {
    etag = given.response.headers.get('ETag') ?? '';
    return given;
  });
  return { policy: await body(answer), etag };
}

export function PolicyPage(): ReactNode {
  const { data, error } = useQuery({ queryKey: ['policy'], queryFn: readPolicy });
  return (
    <main className="page">
      <title>Maintenance policy · Drydock</title>
      <h1>Maintenance policy</h1>
      {error && <Trouble error={error} />}
      {!data && !error && <p className="quiet">Reading…</p>}
      <Freezes />
      {data && <PolicyTables policy={data.policy} />}
      {data && <Editor held={data} />}
      <Versions />
    </main>
  );
}

/** Of the version that holds, whatever is being edited. */
function Freezes(): ReactNode {
  const { data, error } = useQuery(fleetQuery);
  return (
    <section aria-labelledby="freezes-now">
      <h2 id="freezes-now">Freezes that hold or come</h2>
      {error && <Trouble error={error} />}
      {data && <FreezeList freezes={data.policy.freezes} most={MOST_FREEZES} />}
    </section>
  );
}

const textOf = (policy: Policy): string => JSON.stringify(policy, null, 2);

function Editor({ held }: { held: Held }): ReactNode {
  const before = textOf(held.policy);
  const [text, setText] = useState(before);
  /** The version that is being edited: another one that was stored meanwhile is not overwritten unseen. */
  const [base, setBase] = useState(held);
  const isTouched = text !== textOf(base.policy);
  useEffect(() => {
    if (isTouched || base.etag === held.etag) return;
    setBase(held);
    setText(before);
  }, [held, base, before, isTouched]);
  /** As it was stored: the service has it in its own order and form. */
  const show = (stored: Held): void => {
    setBase(stored);
    setText(textOf(stored.policy));
  };
  const trying = useMutation({ mutationFn: (policy: string) => preview(policy) });
  const isOfText = trying.variables === text;
  return (
    <section className="policy">
      <div>
        <h2 id="policy-text">Change it</h2>
        {isTouched && base.etag !== held.etag && (
          <p className="why">Somebody has stored another version meanwhile: yours would be refused.</p>
        )}
        <textarea
          className="code"
          aria-labelledby="policy-text"
          rows={24}
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <p className="buttons">
          <button type="button" disabled={trying.isPending} onClick={() => trying.mutate(text)}>
            Show its windows
          </button>
          {isTouched && (
            <button type="button" onClick={() => setText(textOf(base.policy))}>
              Undo all
            </button>
          )}
          <Store text={text} base={base} isTouched={isTouched} onStored={show} />
        </p>
      </div>
      <div>
        <h2>What it means</h2>
        {trying.error && isOfText && <Trouble error={trying.error} />}
        {trying.data && isOfText ? (
          <Means preview={trying.data} />
        ) : (
          <p className="quiet">
            “Show its windows” says when the fleet would be upgraded by the text on this page.
          </p>
        )}
      </div>
    </section>
  );
}

function parsed(text: string): Policy {
  try {
    return JSON.parse(text) as Policy;
  } catch (error) {
    throw new Refused(400, { detail: `This is no JSON: ${error instanceof Error ? error.message : ''}` });
  }
}

async function preview(text: string): Promise<Preview> {
  const answer = await body(rest.POST('/maintenance-policy/preview', { body: { policy: parsed(text) } }));
  if (answer.kind !== 'fleet') throw new Refused(400, { detail: 'The answer is of one runtime alone' });
  return answer;
}

interface StoreProps {
  text: string;
  base: Held;
  isTouched: boolean;
  onStored: (held: Held) => void;
}

function Store({ text, base, isTouched, onStored }: StoreProps): ReactNode {
  const [isAsked, setAsked] = useState(false);
  const mayChange = useMayChange();
  const needsGroup = useNeedsGroup();
  const client = useQueryClient();
  const send = async (reason: string): Promise<void> => {
    await body(
      rest.PUT('/maintenance-policy', {
        params: { header: { 'If-Match': base.etag }, query: { reason } },
        body: parsed(text),
      }),
    );
    const held = await client.query({ queryKey: ['policy'], queryFn: readPolicy, staleTime: 0 });
    onStored(held);
  };
  return (
    <>
      <button
        type="button"
        className="primary"
        disabled={!mayChange || !isTouched}
        onClick={() => setAsked(true)}
      >
        Store…
      </button>
      {!mayChange && <span className="quiet">{needsGroup}</span>}
      {isAsked && (
        <ReasonDialog
          title="Store this policy"
          verb="Store"
          reason="needed"
          send={send}
          onClose={() => setAsked(false)}
        >
          <pre tabIndex={0} className="changes">
            {changedLines(textOf(base.policy), text).map(({ sign, line }, position) => (
              <span key={position} className={sign === '+' ? 'added' : 'gone'}>
                {sign} {line}
                {'\n'}
              </span>
            ))}
          </pre>
          <p>
            Freezes and opt-outs hold at once, also for what runs. Rules count for orchestrations that are
            planned from now on.
          </p>
        </ReasonDialog>
      )}
    </>
  );
}

function Means({ preview }: { preview: Preview }): ReactNode {
  const { runtimes, groups, withoutWindow, named, freezes } = preview;
  const without = Object.entries(withoutWindow).filter(([, count]) => count > 0);
  return (
    <>
      <p>
        {countOf(runtimes, 'runtime')}.{' '}
        {without.length > 0 &&
          `Without a window: ${without.map(([reason, count]) => `${numberOf(count)} ${reason}`).join(', ')}.`}
      </p>
      <FreezeList freezes={freezes} most={MOST_FREEZES} />
      <div className="table" tabIndex={0} role="group" aria-label="Next windows by zone">
        <table>
          <thead>
            <tr>
              <th scope="col">Zone</th>
              <th scope="col">From</th>
              <th scope="col" className="number">
                Runtimes
              </th>
              <th scope="col">Next window opens</th>
            </tr>
          </thead>
          <tbody>
            {groups.slice(0, 20).map(({ zone, source, runtimes: count, next }) => (
              <tr key={`${zone} ${source.kind} ${source.index ?? ''}`}>
                <th scope="row">{zoneName(zone)}</th>
                <td>{source.kind === 'rule' ? `rule ${(source.index ?? 0) + 1}` : source.kind}</td>
                <td className="number">{numberOf(count)}</td>
                <td>{next[0] ? <Moment at={next[0].begin} /> : 'none'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {named.length > 0 && (
        <details>
          <summary>Who has no window</summary>
          <ul>
            {named.map(({ runtimeID, shootName, reason }) => (
              <li key={runtimeID}>
                {shootName}: {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Versions(): ReactNode {
  const { data } = useQuery({
    queryKey: ['policy', 'versions'],
    queryFn: () =>
      body(rest.GET('/maintenance-policy/versions', { params: { query: { page: 1, page_size: 20 } } })),
  });
  if (!data || data.data.length === 0) return null;
  return (
    <details>
      <summary>
        <h2>Earlier versions</h2>
      </summary>
      <ol className="events">
        {data.data.map((version) => (
          <li key={version.version}>
            <b>Version {version.version}</b> <Moment at={version.changedAt} /> by {version.changedBy}
            {version.reason && <>: {version.reason}</>}
          </li>
        ))}
      </ol>
    </details>
  );
}
