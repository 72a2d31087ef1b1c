/** Reasons to wait, in one word or two each, which filters and figures share. Pure. */
import type { components } from '../rest-types.ts';

/** The reasons why operations wait, by code, in one or two words for filters. */
export const WAITS: Record<string, string> = {
  turn: 'its turn',
  paused: 'a resume',
  budget: 'the failure budget',
  wave: 'an earlier wave',
  window: 'its window',
  freeze: 'the end of a freeze',
  cutoff: 'its next window',
  slot: 'a free worker',
  'region-limit': 'its region',
  'plan-limit': 'its plan',
  'account-limit': 'its account',
  'runtime-busy': 'a busy runtime',
  'retry-backoff': 'another try',
  canceling: 'never begins',
  'dependency-down': 'an outside system',
};

type Waiting = Pick<components['schemas']['Orchestration'], 'state' | 'pauses'>;

/** The code that all operations have which have not begun; undefined where each has its own. As the service tells it. */
export function waitOfAll({ state, pauses }: Waiting): string | undefined {
  const isAll = pauses.some(({ code }) => code === 'queue');
  switch (state) {
    case 'canceling':
      return 'canceling';
    case 'pending':
    case 'retrying':
      return isAll ? 'paused' : 'turn';
    default:
      if (pauses.length === 0) return undefined;
      return !isAll && pauses.some(({ code }) => code === 'budget') ? 'budget' : 'paused';
  }
}
