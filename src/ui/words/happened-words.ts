/** Events of an orchestration or of one of its operations, in a few words. Pure. */
import type { components } from '../rest-types.ts';
import { phaseWords, stateWords } from './state-words.ts';

type Event = Pick<
  components['schemas']['NamedEvent'],
  'operationID' | 'actor' | 'kind' | 'toState' | 'reason'
>;

interface EventWords {
  /** The deed or the change: `paused`, `wave canary soaking`. */
  words: string;
  /** The person who did it; null for what follows by itself. */
  by: string | null;
  /** In the words of whoever did it, or of the service; empty when it adds nothing. */
  reason: string;
}

const DRYDOCK = 'drydock';

const KINDS: Record<string, string> = {
  created: 'created',
  planned: 'planned',
  'plan-changed': 'the fleet is another one than planned',
  looked: 'looked at',
  paused: 'paused',
  resumed: 'resumed',
  retried: 'failures are tried again',
  workers: 'workers changed',
  front: 'moved to the front',
  skipped: 'operations skipped',
  approved: 'approved',
  rejected: 'rejected',
  rescheduled: 'put into another window',
  deferred: 'put off',
  hurried: 'tried again without further wait',
};

/** The states of an orchestration; those of an operation have the words that its badge has. */
const STATES: Record<string, string> = {
  pending: 'queued',
  'in progress': 'began',
  retrying: 'queued for a retry',
  canceling: 'stopped; what was sent finishes',
  canceled: 'ended: canceled',
  succeeded: 'ended: succeeded',
  failed: 'ended: failed',
};

/** Reasons that say the same again as the state. */
const SAME = new Set(['It is executed', 'Operation succeeded']);

export function eventWords(event: Event): EventWords {
  const { operationID, actor, kind, toState, reason } = event;
  if (kind === 'wave') return { ...waveMove(event), by: null };
  const by = actor === DRYDOCK && kind !== 'paused' ? null : actor;
  if (kind !== 'state' || toState === null) return { words: KINDS[kind] ?? kind, by, reason };
  const words = operationID === null ? (STATES[toState] ?? toState) : stateWords(toState).word;
  return { words, by, reason: SAME.has(reason) ? '' : reason };
}

/** Its reason begins with the name of the wave; the phase is missing in events of earlier versions. */
function waveMove({ toState, reason }: Event): Omit<EventWords, 'by'> {
  const [, name, rest] = /^Wave (.+?): (.*)$/s.exec(reason) ?? [];
  if (toState === null || name === undefined || rest === undefined) return { words: 'wave', reason };
  return { words: `wave ${name} ${phaseWords(toState).word}`, reason: rest };
}
