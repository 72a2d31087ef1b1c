/** One orchestration: how it stands, what it waits for, what has failed, and how it is stopped. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Moment, useNow, ZONE } from '../now.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { WorkflowLink } from '../parts/workflow-link.tsx';
import { workflowIDOf } from '../words/workflow-ids.ts';
import { StateBadge } from '../parts/state-badge.tsx';
import { ShareBar } from '../parts/share-bar.tsx';
import { orchestrationQuery } from '../queries.ts';
import { useShootNames } from '../shoot-names.ts';
import { Away } from '../rest-client.ts';
import {
  budgetNow,
  budgetWords,
  endOf,
  endWords,
  hasEnded,
  inProgressWords,
  isEnding,
  pauseReason,
  progressOf,
  runtimesIn,
  targetsOf,
  titleOf,
  waitingWords,
  type Detail,
} from '../words/rollout-words.ts';
import { numberOf } from '../words/times.ts';
import { orchestrationWords } from '../words/state-words.ts';
import { Actions, WithoutAPI } from './orchestration/actions.tsx';
import { BurnUp } from './orchestration/burn-up.tsx';
import { Failures } from './orchestration/failures.tsx';
import { OperationsTable } from './orchestration/operations-table.tsx';
import { ToOperations } from './orchestration/to-operations.tsx';
import { Summary } from './orchestration/summary.tsx';
import { Waves } from './orchestration/waves.tsx';
import { WhatHappened } from './orchestration/what-happened.tsx';
import { Said } from '../parts/said.tsx';

export function OrchestrationPage({ id }: { id: string }): ReactNode {
  const { data, error } = useQuery(orchestrationQuery(id));
  if (!data) {
    return (
      <main className="page">
        <h1>Orchestration</h1>
        {error ? <Trouble error={error} /> : <p className="quiet">Reading…</p>}
      </main>
    );
  }
  return (
    <main className="page">
      <title>{`${titleOf(data)}, ${orchestrationWords(data).word} · Drydock`}</title>
      <Headline orchestration={data} />
      {error instanceof Away && <WithoutAPI orchestration={data} />}
      {error && !(error instanceof Away) && <Trouble error={error} />}
      <Figures orchestration={data} />
      <Waves orchestration={data} />
      <BurnUp orchestration={data} />
      <Failures orchestration={data} />
      <Summary id={id} />
      <OperationsTable orchestration={data} />
      <WorkflowLink workflowID={workflowIDOf.orchestration(id)} />
      <WhatHappened id={id} />
    </main>
  );
}

function Headline({ orchestration }: { orchestration: Detail }): ReactNode {
  const now = useNow();
  const { progress, pauses, waitingFor, operationStats, description, canceled } = orchestration;
  const { createdAt, createdBy, reason } = orchestration;
  const budget = budgetNow(orchestration);
  const ends = endOf(progress, now, ZONE);
  const inProgress = inProgressWords(orchestration, now, ZONE);
  const { include } = orchestration.parameters.targets;
  const shoots = useShootNames(runtimesIn(include));
  return (
    <header className="headline">
      <div>
        <h1>
          <StateBadge words={orchestrationWords(orchestration)} /> {titleOf(orchestration)}
        </h1>
        <p className="quiet">
          {targetsOf(include, shoots)}, created by {createdBy} <Moment at={createdAt} />
        </p>
        {reason && <p className="reason">{reason}</p>}
      </div>
      <Actions orchestration={orchestration} />
      <div className="headline-progress">
        {(isEnding(orchestration) ? [] : pauses).map((pause) => (
          <p key={pause.code} className="why">
            Paused by {pause.by} since <Moment at={pause.since} />: {pauseReason(pause, budget)}
          </p>
        ))}
        {waitingFor && pauses.length === 0 && (
          <p className="why">
            <Said text={waitingFor.message} />
          </p>
        )}
        {waitingFor?.then?.map(({ code, message }) => (
          <p key={code} className="why">
            After that: <Said text={message} />
          </p>
        ))}
        {canceled ? (
          <p className="why">
            Stopped by {canceled.by}, <Moment at={canceled.at} />: {canceled.reason}
          </p>
        ) : (
          hasEnded(orchestration) && (
            <p className="why">
              <Said text={endWords(description)} />
            </p>
          )
        )}
        <ShareBar stats={operationStats} label="All operations" />
        <p className="figures-line">
          <strong>{progressOf(orchestration)}</strong>
          {progress.failed > 0 && !hasEnded(orchestration) && <> · {numberOf(progress.failed)} failed</>}
          {inProgress && <> · {inProgress}</>}
          {ends && <> · {ends}</>}
        </p>
      </div>
    </header>
  );
}

/** Counts that lead to what they count. */
function Figures({ orchestration }: { orchestration: Detail }): ReactNode {
  const { operationStats: stats, progress, workers } = orchestration;
  const budget = budgetNow(orchestration);
  const id = orchestration.orchestrationID;
  return (
    <ul className="figures">
      <li>
        <ToOperations id={id} by={{ state: 'in progress' }}>
          <b>{numberOf(progress.inFlight)}</b> in progress
        </ToOperations>
        <span className="quiet">at most {numberOf(workers)} at once</span>
      </li>
      <li>
        <ToOperations id={id} by={{ state: 'pending' }}>
          <b>{numberOf((stats.pending ?? 0) + (stats.retrying ?? 0))}</b>{' '}
          {isEnding(orchestration) ? 'not begun' : 'waiting'}
        </ToOperations>
        <span className="quiet">{waitingWords(orchestration)}</span>
      </li>
      <li>
        <ToOperations id={id} by={{ state: 'failed' }}>
          <b>{numberOf(stats.failed ?? 0)}</b> failed
        </ToOperations>
        <span className="quiet">{budget ? budgetWords(budget) : 'no failure budget'}</span>
      </li>
      <li>
        <ToOperations id={id} by={{ state: 'succeeded' }}>
          <b>{numberOf(stats.succeeded ?? 0)}</b> succeeded
        </ToOperations>
        <span className="quiet">{numberOf(stats.canceled ?? 0)} canceled</span>
      </li>
    </ul>
  );
}
