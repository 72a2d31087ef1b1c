/** One operation: why it stands where it stands, what was sent, and what happened. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Moment } from '../now.tsx';
import { STOPPED } from '../words/operation-words.ts';
import { StateBadge } from '../parts/state-badge.tsx';
import { Why } from '../parts/why.tsx';
import { TermsHere } from '../parts/terms-here.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { WorkflowLink } from '../parts/workflow-link.tsx';
import { operationQuery, orchestrationQuery } from '../queries.ts';
import type { Schemas } from '../rest-client.ts';
import { titleOf, type Detail } from '../words/rollout-words.ts';
import { stateWords } from '../words/state-words.ts';
import { workflowIDOf } from '../words/workflow-ids.ts';
import { WhatHappened } from './orchestration/what-happened.tsx';

type Operation = Schemas['OperationDetail'];

export function OperationPage({ id, operationID }: { id: string; operationID: string }): ReactNode {
  const { data, error } = useQuery(operationQuery(id, operationID));
  const { data: orchestration } = useQuery(orchestrationQuery(id));
  return (
    <main className="page">
      <p>
        <Link href={`/orchestrations/${id}`}>
          ← {orchestration ? titleOf(orchestration) : 'its orchestration'}
        </Link>
      </p>
      {error && <Trouble error={error} />}
      {data && <Shown operation={data} orchestration={orchestration} />}
      {!data && !error && <p className="quiet">Reading…</p>}
    </main>
  );
}

interface ShownProps {
  operation: Operation;
  /** Undefined until it is read. */
  orchestration?: Detail;
}

function Shown({ operation, orchestration }: ShownProps): ReactNode {
  const { shootName, state, orchestrationID, operationID, description } = operation;
  return (
    <>
      <title>{`${shootName}, ${stateWords(state).word} · Drydock`}</title>
      <h1>
        <StateBadge words={stateWords(state)} /> {shootName}
      </h1>
      {state === 'canceled' && description === STOPPED ? (
        <Stopped operation={operation} orchestration={orchestration} />
      ) : (
        <Why operation={operation} />
      )}
      <TermsHere terms={['Shoot', 'Provisioner', 'overrides']} />
      <Facts operation={operation} orchestration={orchestration} />
      <WorkflowLink workflowID={workflowIDOf.runtime(operation.runtimeID)} />
      <Sent operation={operation} />
      <WhatHappened id={orchestrationID} operationID={operationID} />
    </>
  );
}

/** The stop of its orchestration: by whom, when and why. */
function Stopped({ operation, orchestration }: ShownProps): ReactNode {
  if (!orchestration?.canceled) return <Why operation={operation} />;
  const { by, at, reason } = orchestration.canceled;
  return (
    <p className="why">
      Its orchestration was stopped by {by}, <Moment at={at} />: {reason}
    </p>
  );
}

function Facts({ operation, orchestration }: ShownProps): ReactNode {
  const { startedAt, finishedAt, maintenanceWindowBegin: begin, maintenanceWindowEnd: end } = operation;
  // A daily window is a time of day on a day that never was.
  const isDaily = begin.startsWith('0000');
  return (
    <dl className="facts">
      {orchestration && (
        <>
          <dt>Upgrade</dt>
          <dd>
            <Link href={`/orchestrations/${orchestration.orchestrationID}`}>{titleOf(orchestration)}</Link>,
            created by {orchestration.createdBy} <Moment at={orchestration.createdAt} />
          </dd>
        </>
      )}
      {operation.wave !== null && (
        <>
          <dt>Wave</dt>
          <dd>{operation.wave}</dd>
        </>
      )}
      <dt>Window</dt>
      <dd>
        {isDaily ? (
          `daily ${begin.slice(11, 16)}–${end.slice(11, 16)} UTC; this upgrade does not wait for it`
        ) : (
          <>
            <Moment at={begin} /> to <Moment at={end} isShort />
          </>
        )}
      </dd>
      <dt>Begun</dt>
      <dd>{startedAt ? <Moment at={startedAt} /> : finishedAt ? 'never' : 'not yet'}</dd>
      <dt>Ended</dt>
      <dd>{finishedAt ? <Moment at={finishedAt} /> : 'not yet'}</dd>
      <dt>Attempts</dt>
      <dd>{operation.attempts}</dd>
      <dt>Plan and region</dt>
      <dd>
        {operation.servicePlanName}, {operation.region}
      </dd>
      <dt>Runtime</dt>
      <dd>
        <code>{operation.runtimeID}</code>
      </dd>
      <dt>Instance</dt>
      <dd>
        <code>{operation.instanceID}</code>
      </dd>
      <dt>Global account</dt>
      <dd>
        <code>{operation.globalAccountID}</code>
      </dd>
      <dt>Subaccount</dt>
      <dd>
        <code>{operation.subAccountID}</code>
      </dd>
      <dt>Operation</dt>
      <dd>
        <code>{operation.operationID}</code>
      </dd>
    </dl>
  );
}

/** The configuration that was sent, with secrets masked by the service. */
function Sent({ operation }: { operation: Operation }): ReactNode {
  const sent = operation.kymaConfig ?? operation.clusterConfig;
  if (!sent || Object.keys(sent).length === 0) return null;
  return (
    <details>
      <summary>
        <h2>What was sent</h2>
      </summary>
      <pre tabIndex={0}>{JSON.stringify(sent, null, 2)}</pre>
    </details>
  );
}
