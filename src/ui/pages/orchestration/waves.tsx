import { useId, useState, type ReactNode } from 'react';
import { Moment, useNow, ZONE } from '../../now.tsx';
import { ShareBar } from '../../parts/share-bar.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { TermsHere } from '../../parts/terms-here.tsx';
import type { Schemas } from '../../rest-client.ts';
import { useMayChange, useNeedsGroup } from '../../session.tsx';
import { budgetWords, hasEnded, isEnding, type Detail } from '../../words/rollout-words.ts';
import { waveWords } from '../../words/state-words.ts';
import { numberOf } from '../../words/times.ts';
import { waveTimes } from '../../words/wave-times.ts';
import { AnswerDialog, type Answered } from './answer-dialog.tsx';
import { ToOperations } from './to-operations.tsx';

type Wave = Schemas['Wave'];

export function Waves({ orchestration }: { orchestration: Detail }): ReactNode {
  const id = useId();
  if (orchestration.waves.length === 0) return null;
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>Waves</h2>
      <ol className="waves">
        {orchestration.waves.map((wave, position) => (
          <WaveRow key={wave.name} wave={wave} position={position} orchestration={orchestration} />
        ))}
      </ol>
      <TermsHere terms={['wave', 'soak', 'approval', 'budget']} />
    </section>
  );
}

interface WaveRowProps {
  wave: Wave;
  position: number;
  orchestration: Detail;
}

function WaveRow({ wave, position, orchestration }: WaveRowProps): ReactNode {
  const now = useNow();
  const { name, size, pending, inProgress, succeeded, failed, canceled } = wave;
  const stats = { pending, 'in progress': inProgress, succeeded, failed, canceled };
  return (
    <li>
      <ToOperations id={orchestration.orchestrationID} by={{ wave: name }} className="wave-name">
        {name}
      </ToOperations>
      <ShareBar stats={stats} label={name} />
      <span className="wave-count">
        {numberOf(succeeded + failed)}/{numberOf(size)}
      </span>
      <span className="wave-words">
        <StateBadge words={waveWords(wave.phase, orchestration)} />{' '}
        {waveTimes(orchestration, position, now, ZONE)}
        <WaveSays wave={wave} next={isEnding(orchestration) ? undefined : nextOf(orchestration, position)} />
        {!hasEnded(orchestration) && wave.phase === 'asking' && (
          <Question wave={wave} orchestration={orchestration} />
        )}
      </span>
    </li>
  );
}

const nextOf = ({ waves }: Detail, position: number): string => waves[position + 1]?.name ?? 'the end';

interface WaveSaysProps {
  wave: Wave;
  /** The one after it; none begins after a stop. */
  next: string | undefined;
}

function WaveSays({ wave, next }: WaveSaysProps): ReactNode {
  const { phase, failed, canceled, failureBudget, soakUntil, question, unhealthy } = wave;
  return (
    <>
      {failed > 0 && ` · ${numberOf(failed)} failed${failureBudget ? `: ${budgetWords(failureBudget)}` : ''}`}
      {canceled > 0 && ` · ${numberOf(canceled)} not upgraded`}
      {unhealthy && unhealthy.count > 0 && ` · ${numberOf(unhealthy.count)} unhealthy afterwards`}
      {next !== undefined && phase === 'soaking' && soakUntil && (
        <>
          {' '}
          · {next} not before <Moment at={soakUntil} />
        </>
      )}
      {question?.approvedBy && ` · approved by ${question.approvedBy}`}
      {question?.approvedAt && (
        <>
          {' '}
          at <Moment at={question.approvedAt} isShort />
        </>
      )}
    </>
  );
}

function Question({ wave, orchestration }: { wave: Wave; orchestration: Detail }): ReactNode {
  const [asked, setAsked] = useState<Answered>();
  const mayChange = useMayChange();
  const needsGroup = useNeedsGroup();
  const { question } = wave;
  if (!question) return null;
  if (!question.stands) return <span className="quiet"> The question was withdrawn by a pause.</span>;
  const approval = orchestration.parameters.strategy.waves?.find(({ name }) => name === wave.name)?.approval;
  // The session does not name groups: whether somebody is of those of the wave, the API knows.
  const mayAnswer = mayChange || Boolean(approval?.groups);
  return (
    <span className="question">
      asked <Moment at={question.askedAt} />
      {question.expiresAt && (
        <>
          ; expires <Moment at={question.expiresAt} />
        </>
      )}
      {approval?.groups && <> · of {approval.groups.join(', ')}</>}
      {approval?.notByCreator && <> · not by who created it</>}
      <span className="buttons">
        <button type="button" className="primary" disabled={!mayAnswer} onClick={() => setAsked('approve')}>
          Approve {wave.name}…
        </button>
        <button type="button" disabled={!mayAnswer} onClick={() => setAsked('reject')}>
          Reject…
        </button>
        {!mayAnswer && <span className="quiet">{needsGroup}</span>}
      </span>
      {asked && (
        <AnswerDialog
          orchestration={orchestration}
          wave={wave}
          decision={asked}
          onClose={() => setAsked(undefined)}
        />
      )}
    </span>
  );
}
