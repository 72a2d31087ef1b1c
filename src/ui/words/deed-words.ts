/** The deed of a person, in a word or two. */
import type { components } from '../rest-types.ts';
import { stateWords } from './state-words.ts';

type Deed = components['schemas']['Deed'];

/** By the kind of a log. */
const KINDS: Record<string, string> = {
  added: 'added it',
  approved: 'approved',
  changed: 'changed it',
  created: 'created it',
  defined: 'changed its definition',
  disabled: 'disabled it',
  enabled: 'enabled it',
  front: 'moved it to the front',
  paused: 'paused',
  redelivered: 'had it told again',
  rejected: 'rejected',
  removed: 'removed it',
  replaced: 'stored a new version',
  resumed: 'resumed',
  retried: 'retried failures',
  rotated: 'replaced its secret',
  skipped: 'skipped',
  workers: 'changed its workers',
};

/** By the status of a stack that a request has led to. */
const STATUSES: Record<string, string> = {
  scheduled: 'scheduled its start',
  starting: 'started it',
  stopping: 'stopped it',
  shutting_down: 'shut it down',
  restarting: 'restarted it',
};

export function deedWords({ event, kind, toState }: Pick<Deed, 'event' | 'kind' | 'toState'>): string {
  if (event === 'queue') return kind === 'paused' ? 'paused everything' : 'resumed everything';
  const known = KINDS[kind];
  if (known !== undefined) return known;
  if (kind === 'desired') return `wanted it ${toState ?? 'otherwise'}`;
  if (toState === null) return kind;
  if (event === 'orchestration' && toState === 'canceling') return 'stopped it';
  if (event === 'orchestration' && toState === 'retrying') return 'retried failures';
  return STATUSES[toState] ?? `set it to ${stateWords(toState).word}`;
}
