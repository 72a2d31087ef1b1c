import { useQuery } from '@tanstack/react-query';
import { Said } from '../../parts/said.tsx';
import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { Moment } from '../../now.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { TermsHere } from '../../parts/terms-here.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { body, Refused, rest, type Schemas } from '../../rest-client.ts';
import { useMayChange, useNeedsGroup } from '../../session.tsx';
import type { Detail } from '../../words/rollout-words.ts';
import { retriedWords, retryBody, retryInParts, type Retried, type RetryPart } from '../../retry-parts.ts';
import { countOf, numberOf } from '../../words/times.ts';
import { ToOperations } from './to-operations.tsx';

type Cause = Schemas['FailureCause'];

/** Failed operations, grouped by cause, the most frequent first. */
export function Failures({ orchestration }: { orchestration: Detail }): ReactNode {
  const { orchestrationID: id } = orchestration;
  const hasFailures = (orchestration.operationStats.failed ?? 0) > 0;
  const { data, error } = useQuery({
    queryKey: ['orchestrations', id, 'failures'],
    queryFn: () =>
      body(
        rest.GET('/orchestrations/{orchestrationID}/failures', {
          params: { path: { orchestrationID: id }, query: { page: 1, page_size: 20 } },
        }),
      ),
    enabled: hasFailures,
  });
  if (!hasFailures) return null;
  return (
    <section aria-labelledby="failures">
      <h2 id="failures">
        Failures <span className="quiet">{data && countOf(data.totalCount, 'cause')}</span>
      </h2>
      <TermsHere
        terms={orchestration.waves.length > 0 ? ['Shoot', 'Provisioner'] : ['Shoot', 'Provisioner', 'budget']}
      />
      {error && <Trouble error={error} />}
      <ul className="causes">
        {data?.data.map((cause) => (
          <CauseRow key={cause.cause} cause={cause} orchestration={orchestration} />
        ))}
      </ul>
      {data && data.others > 0 && (
        <p className="quiet">and {countOf(data.others, 'failure')} of many other kinds</p>
      )}
    </section>
  );
}

function CauseRow({ cause, orchestration }: { cause: Cause; orchestration: Detail }): ReactNode {
  const [isAsked, setAsked] = useState(false);
  const mayChange = useMayChange();
  const needsGroup = useNeedsGroup();
  const { count, code, message, first, last, operations } = cause;
  const mayRetry = mayChange && ['failed', 'in progress', 'retrying'].includes(orchestration.state);
  const whyNot = mayRetry
    ? undefined
    : mayChange
      ? 'A canceled orchestration is not retried: create one from the rest'
      : `This ${needsGroup}`;
  return (
    <li>
      <p className="cause-message">
        <b>{numberOf(count)}×</b> <Said text={message} /> {code && <code>{code}</code>}
      </p>
      <p className="quiet">
        {count === 1 ? 'at ' : 'first '}
        <Moment at={first} />
        {count > 1 && (
          <>
            , last <Moment at={last} />
          </>
        )}
        :{' '}
        {operations.slice(0, 5).map(({ operationID, shootName }, position) => (
          <span key={operationID}>
            {position > 0 && ', '}
            <Link href={`/orchestrations/${orchestration.orchestrationID}/operations/${operationID}`}>
              {shootName}
            </Link>
          </span>
        ))}
        {count > 5 && ` and ${numberOf(count - 5)} more`}
      </p>
      <p className="buttons">
        <ToOperations id={orchestration.orchestrationID} by={{ cause: cause.cause }} className="button">
          Show {numberOf(count)}
        </ToOperations>
        <button type="button" disabled={!mayRetry} title={whyNot} onClick={() => setAsked(true)}>
          Retry {numberOf(count)}…
        </button>
      </p>
      {isAsked && <RetryDialog cause={cause} orchestration={orchestration} onClose={() => setAsked(false)} />}
    </li>
  );
}

interface RetryDialogProps {
  cause: Cause;
  orchestration: Detail;
  onClose: () => void;
}

function RetryDialog({ cause, orchestration, onClose }: RetryDialogProps): ReactNode {
  const { orchestrationID } = orchestration;
  const [retry] = useState(() =>
    retryInParts({
      read: () => operationsOf(orchestrationID, cause.cause),
      send: (part, reason) => retryPart(orchestrationID, part, reason),
      newKey: () => crypto.randomUUID(),
    }),
  );
  const send = async (reason: string): Promise<string> => {
    const done = await retry(reason);
    if (done.retried === 0) throw new Refused(409, { detail: retriedWords(done) });
    return retriedWords(done);
  };
  const isPlanned = orchestration.parameters.strategy.schedule === 'maintenanceWindow';
  return (
    <ReasonDialog
      title={`Retry ${countOf(cause.count, 'failed operation')}`}
      verb={`Retry ${numberOf(cause.count)}`}
      reason="wished"
      send={send}
      onClose={onClose}
    >
      <p>{cause.message}</p>
      <p>
        Each gets another attempt{isPlanned ? ' in its next window' : ''}, under the ID that it has. Mend the
        cause first.{orchestration.paused && ' Nothing begins before the orchestration is resumed.'}
      </p>
    </ReasonDialog>
  );
}

/** All operations that have failed for a cause: a page of the API at a time. */
async function operationsOf(orchestrationID: string, cause: string): Promise<string[]> {
  const ids: string[] = [];
  for (let page = 1; ; page += 1) {
    const { data, totalCount } = await body(
      rest.GET('/orchestrations/{orchestrationID}/operations', {
        params: { path: { orchestrationID }, query: { cause, page, page_size: 100 } },
      }),
    );
    ids.push(...data.map(({ operationID }) => operationID));
    if (data.length === 0 || ids.length >= totalCount) return ids;
  }
}

async function retryPart(orchestrationID: string, { ids, key }: RetryPart, reason: string): Promise<Retried> {
  const { retryOperations, oldOperations, invalidOperations } = await body(
    rest.POST('/orchestrations/{orchestrationID}/retry', {
      params: { path: { orchestrationID }, header: { 'Idempotency-Key': key } },
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: { 'operation-id': ids, reason },
      bodySerializer: () => retryBody(ids, reason),
    }),
  );
  return {
    retried: retryOperations?.length ?? 0,
    old: oldOperations?.length ?? 0,
    invalid: invalidOperations?.length ?? 0,
  };
}
