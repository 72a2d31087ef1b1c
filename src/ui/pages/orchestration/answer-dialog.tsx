import type { ReactNode } from 'react';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { statsInWords } from '../../parts/share-bar.tsx';
import { body, rest, type Schemas } from '../../rest-client.ts';
import { budgetNow, budgetWords, type Detail } from '../../words/rollout-words.ts';
import { countOf } from '../../words/times.ts';

export type Answered = 'approve' | 'reject';

interface AnswerDialogProps {
  orchestration: Detail;
  wave: Schemas['Wave'];
  decision: Answered;
  onClose: () => void;
}

/** Answers the question of a wave, with the evidence for it. */
export function AnswerDialog({ orchestration, wave, decision, onClose }: AnswerDialogProps): ReactNode {
  const number = wave.question?.number ?? 0;
  const path = { orchestrationID: orchestration.orchestrationID, number };
  const send = (reason: string): Promise<unknown> =>
    body(
      rest.POST('/orchestrations/{orchestrationID}/approvals/{number}', {
        params: { path },
        body: { decision, reason },
      }),
    );
  return (
    <ReasonDialog
      title={decision === 'approve' ? `Approve after ${wave.name}` : `Reject after ${wave.name}`}
      verb={decision === 'approve' ? 'Approve' : 'Reject and stop'}
      isDangerous={decision === 'reject'}
      reason={decision === 'approve' ? 'wished' : 'needed'}
      send={send}
      onClose={onClose}
    >
      <Evidence orchestration={orchestration} wave={wave} />
      {decision === 'reject' && <p>That stops the orchestration: what is left never starts.</p>}
    </ReasonDialog>
  );
}

/** The evidence of the wave, and what comes next. */
export function Evidence({
  orchestration,
  wave,
}: Pick<AnswerDialogProps, 'orchestration' | 'wave'>): ReactNode {
  const { succeeded, failed, canceled, unhealthy } = wave;
  const { waves } = orchestration;
  const budget = budgetNow(orchestration);
  const next = waves[waves.indexOf(wave) + 1];
  return (
    <ul>
      <li>
        {wave.name}: {statsInWords({ succeeded, failed, canceled })}
      </li>
      {unhealthy && (
        <li>
          {countOf(unhealthy.count, 'runtime')} unhealthy afterwards
          {unhealthy.first.map(({ shootName, said }) => `; ${shootName}: ${said}`)}
        </li>
      )}
      {budget && <li>failure budget: {budgetWords(budget)}</li>}
      {next && (
        <li>
          next: {next.name} with {countOf(next.size, 'runtime')}
        </li>
      )}
    </ul>
  );
}
