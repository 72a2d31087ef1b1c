/** How a state is shown: by a picture, a word and a colour, never by the colour alone. */
import { hasEnded, isEnding } from './rollout-words.ts';

export type Picture = 'wait' | 'run' | 'pause' | 'stop' | 'good' | 'bad' | 'ask' | 'retry' | 'none';
export type Tone = 'calm' | 'busy' | 'warn' | 'bad' | 'good';

export interface StateWords {
  picture: Picture;
  word: string;
  tone: Tone;
}

const wordsIn =
  (table: Record<string, StateWords>) =>
  (name: string): StateWords =>
    table[name] ?? { picture: 'none', word: name, tone: 'calm' };

const STATES: Record<string, StateWords> = {
  pending: { picture: 'wait', word: 'waiting', tone: 'calm' },
  'in progress': { picture: 'run', word: 'in progress', tone: 'busy' },
  retrying: { picture: 'retry', word: 'retrying', tone: 'warn' },
  canceling: { picture: 'stop', word: 'stopping', tone: 'warn' },
  canceled: { picture: 'none', word: 'canceled', tone: 'calm' },
  succeeded: { picture: 'good', word: 'succeeded', tone: 'good' },
  failed: { picture: 'bad', word: 'failed', tone: 'bad' },
};

/** Of an operation, or of an orchestration that is not paused. */
export const stateWords = wordsIn(STATES);

/** Of an orchestration: a pause is what matters of it for as long as it goes on. */
export function orchestrationWords(orchestration: { state: string; paused: boolean }): StateWords {
  if (orchestration.paused && !isEnding(orchestration))
    return { picture: 'pause', word: 'paused', tone: 'warn' };
  if (orchestration.state === 'pending') return { picture: 'wait', word: 'queued', tone: 'calm' };
  return stateWords(orchestration.state);
}

const PHASES: Record<string, StateWords> = {
  waiting: { picture: 'wait', word: 'waiting', tone: 'calm' },
  running: { picture: 'run', word: 'running', tone: 'busy' },
  soaking: { picture: 'wait', word: 'soaking', tone: 'busy' },
  looking: { picture: 'run', word: 'being looked at', tone: 'busy' },
  gate: { picture: 'wait', word: 'at its gate', tone: 'busy' },
  asking: { picture: 'ask', word: 'asks for approval', tone: 'warn' },
  passed: { picture: 'good', word: 'passed', tone: 'good' },
};

/** Of a wave, whose phase stays as it was when its orchestration is paused or ends. */
export const phaseWords = wordsIn(PHASES);

/** Of a wave within its orchestration. */
export function waveWords(phase: string, orchestration: { state: string; paused: boolean }): StateWords {
  if (phase === 'passed') return phaseWords(phase);
  if (phase === 'waiting' && isEnding(orchestration))
    return { picture: 'none', word: 'never began', tone: 'calm' };
  if (hasEnded(orchestration)) return { picture: 'none', word: 'ended', tone: 'calm' };
  if (isEnding(orchestration)) return stateWords(orchestration.state);
  if (phase === 'waiting') return phaseWords(phase);
  if (phase === 'running' && orchestration.paused) return { picture: 'pause', word: 'paused', tone: 'warn' };
  return phaseWords(phase);
}

/** The broker's words say how the last thing has ended that was done to a runtime; these say what it is. */
const RUNTIMES: Record<string, string> = {
  succeeded: 'ready',
  error: 'last upgrade failed',
  upgrading: 'has an upgrade in progress',
  provisioning: 'being created',
  failed: 'never finished creating',
  suspended: 'hibernated',
  deprovisioning: 'being deleted',
  deprovisioned: 'deleted',
};

/** Of a runtime, by what its operation in progress waits for, where that is known: nothing is upgraded while somebody else works on it. */
export function runtimeWords(state: string, waitsFor?: string): string {
  if (state === 'upgrading' && waitsFor === 'runtime-busy') return 'busy, its upgrade has not begun';
  return RUNTIMES[state] ?? state;
}

const STACKS: Record<string, StateWords> = {
  stopped: { picture: 'none', word: 'stopped', tone: 'calm' },
  scheduled: { picture: 'wait', word: 'scheduled', tone: 'calm' },
  starting: { picture: 'run', word: 'starting', tone: 'busy' },
  ready: { picture: 'good', word: 'ready', tone: 'good' },
  shutting_down: { picture: 'run', word: 'shutting down', tone: 'busy' },
  shut_down: { picture: 'pause', word: 'shut down', tone: 'calm' },
  restarting: { picture: 'retry', word: 'restarting', tone: 'busy' },
  stopping: { picture: 'stop', word: 'stopping', tone: 'busy' },
  error: { picture: 'bad', word: 'error', tone: 'bad' },
  warning: { picture: 'ask', word: 'warning', tone: 'warn' },
};

/** Of a stack, or of one of its object plans. */
export const stackWords = wordsIn(STACKS);
