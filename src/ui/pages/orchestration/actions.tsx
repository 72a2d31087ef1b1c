/** The actions on an orchestration. Pause and resume stand first; the stop, which nobody takes back, stands apart. */
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useKeyedReason } from '../../keyed-reason.ts';
import { useNow, ZONE } from '../../now.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { body, rest } from '../../rest-client.ts';
import { useMayChange, useNeedsGroup } from '../../session.tsx';
import { countOf, numberOf } from '../../words/times.ts';
import {
  budgetNow,
  budgetWords,
  hasEnded,
  isEnding,
  isPausedAlone,
  pauseReason,
  signalCommand,
  stopBegins,
  stopMeans,
  type Detail,
} from '../../words/rollout-words.ts';

type Asked = 'pause' | 'resume' | 'stop' | 'workers' | 'rest' | undefined;

export function Actions({ orchestration }: { orchestration: Detail }): ReactNode {
  const [asked, setAsked] = useState<Asked>();
  const mayChange = useMayChange();
  const needsGroup = useNeedsGroup();
  const isOver = isEnding(orchestration);
  const isPaused = isPausedAlone(orchestration);
  const close = (): void => setAsked(undefined);
  const left = leftOf(orchestration);
  const isRestLeft = hasEnded(orchestration) && left > 0;
  if (isOver && !isRestLeft) return null;
  return (
    <div className="actions">
      {!isOver && (
        <>
          <button
            type="button"
            className="primary"
            disabled={!mayChange}
            aria-describedby="needs-admin"
            onClick={() => setAsked(isPaused ? 'resume' : 'pause')}
          >
            {isPaused ? 'Resume…' : 'Pause…'}
          </button>
          <button
            type="button"
            className="apart dangerous"
            disabled={!mayChange}
            aria-describedby="needs-admin"
            onClick={() => setAsked('stop')}
          >
            Stop…
          </button>
        </>
      )}
      {isRestLeft && (
        <button
          type="button"
          disabled={!mayChange}
          aria-describedby="needs-admin"
          onClick={() => setAsked('rest')}
        >
          Create from the rest ({numberOf(left)})…
        </button>
      )}
      {!mayChange && (
        <p id="needs-admin" className="quiet needs">
          You may read. A change {needsGroup}.
        </p>
      )}
      {asked === 'pause' && <PauseDialog id={orchestration.orchestrationID} onClose={close} />}
      {asked === 'resume' && <ResumeDialog orchestration={orchestration} onClose={close} />}
      {asked === 'stop' && <StopDialog orchestration={orchestration} onClose={close} />}
      {asked === 'rest' && <RestDialog orchestration={orchestration} onClose={close} />}
    </div>
  );
}

const pathOf = (id: string) => ({ path: { orchestrationID: id } });

/** Pauses one orchestration; also for the rows of lists. */
export function PauseDialog({ id, onClose }: { id: string; onClose: () => void }): ReactNode {
  const send = (reason: string): Promise<unknown> =>
    body(rest.PUT('/orchestrations/{orchestrationID}/pause', { params: pathOf(id), body: { reason } }));
  return (
    <ReasonDialog title="Pause this orchestration" verb="Pause" reason="needed" send={send} onClose={onClose}>
      <p>Nothing more begins from the answer on. What was sent finishes.</p>
    </ReasonDialog>
  );
}

function ResumeDialog({ orchestration, onClose }: { orchestration: Detail; onClose: () => void }): ReactNode {
  const { orchestrationID, pauses } = orchestration;
  const budget = budgetNow(orchestration);
  const isBudget = pauses.some(({ code }) => code === 'budget');
  const send = (reason: string): Promise<unknown> =>
    body(
      rest.PUT('/orchestrations/{orchestrationID}/resume', {
        params: pathOf(orchestrationID),
        body: { reason, ...(isBudget && { acknowledge: true }) },
      }),
    );
  return (
    <ReasonDialog
      title="Resume this orchestration"
      verb={isBudget ? 'Forgive and resume' : 'Resume'}
      reason="wished"
      send={send}
      onClose={onClose}
    >
      <ul>
        {pauses.map((pause) => (
          <li key={pause.code}>
            {pause.code === 'queue' ? 'Everything is paused, which stays so' : 'Paused'} by {pause.by}:{' '}
            {pauseReason(pause, budget)}
          </li>
        ))}
      </ul>
      {isBudget && (
        <p>
          This forgives the failures so far{budget && `: ${budgetWords(budget)}`}. The budget counts from
          nothing again. Those stay failed: a retry of them stands under Failures.
        </p>
      )}
      <p>
        It goes on where it stood. Windows that have closed meanwhile are missed: theirs are the next ones.
      </p>
    </ReasonDialog>
  );
}

function StopDialog({ orchestration, onClose }: { orchestration: Detail; onClose: () => void }): ReactNode {
  const { orchestrationID: id } = orchestration;
  const { data: queue } = useQuery({ queryKey: ['queue'], queryFn: () => body(rest.GET('/queue')) });
  const begins = stopBegins(queue, id);
  const now = useNow();
  return (
    <ReasonDialog
      title="Stop this orchestration"
      verb="Stop it"
      isDangerous
      reason="needed"
      send={(reason) =>
        body(rest.PUT('/orchestrations/{orchestrationID}/cancel', { params: pathOf(id), body: { reason } }))
      }
      onClose={onClose}
    >
      <ul>
        {stopMeans(orchestration, now, ZONE).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
        {begins && <li>{begins}</li>}
      </ul>
    </ReasonDialog>
  );
}

/** Operations of which another orchestration may be made. */
function leftOf({ operationStats: { failed = 0, canceled = 0 } }: Detail): number {
  return failed + canceled;
}

function RestDialog({ orchestration, onClose }: { orchestration: Detail; onClose: () => void }): ReactNode {
  const { orchestrationID: id, operationStats } = orchestration;
  const { failed = 0, canceled = 0 } = operationStats;
  const [, go] = useLocation();
  const { key, reasonOf } = useKeyedReason();
  const send = async (given: string): Promise<void> => {
    const reason = reasonOf(given);
    const params = { ...pathOf(id), header: { 'Idempotency-Key': key } };
    const { orchestrationID } = await body(
      rest.POST('/orchestrations/{orchestrationID}/rest', { params, body: { reason } }),
    );
    go(`/orchestrations/${orchestrationID}`);
  };
  return (
    <ReasonDialog title="Create from the rest" verb="Create" reason="wished" send={send} onClose={onClose}>
      <p>
        A new orchestration with the same request, for {countOf(leftOf(orchestration), 'runtime')}:{' '}
        {numberOf(failed)} failed here, and {numberOf(canceled)} {canceled === 1 ? 'was' : 'were'} canceled.
      </p>
    </ReasonDialog>
  );
}

/** Shown while the API is away: what somebody with a shell can do without it. */
export function WithoutAPI({ orchestration }: { orchestration: Detail }): ReactNode {
  const { orchestrationID: id } = orchestration;
  return (
    <section className="trouble" role="alert">
      <h2>Drydock does not answer</h2>
      <p>
        What is in progress goes on. With access to Temporal this pauses it and this goes on, without
        Drydock’s API:
      </p>
      <pre tabIndex={0}>
        {signalCommand(id, { command: 'pause', reason: 'why', by: 'your name' })}
        {'\n'}
        {signalCommand(id, { command: 'resume', by: 'your name' })}
      </pre>
    </section>
  );
}
