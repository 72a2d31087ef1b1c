import type { ReactNode } from 'react';
import { stateWords } from '../words/state-words.ts';
import { numberOf } from '../words/times.ts';

type Stats = Partial<
  Record<'pending' | 'in progress' | 'retrying' | 'canceled' | 'succeeded' | 'failed', number>
>;

/** In the order in which they stand in a bar. */
const PARTS = ['succeeded', 'failed', 'canceled', 'retrying', 'in progress', 'pending'] as const;
const CLASSES = {
  succeeded: 'bar-good',
  failed: 'bar-bad',
  canceled: 'bar-canceled',
  retrying: 'bar-retry',
  'in progress': 'bar-busy',
  pending: 'bar-rest',
};

/** The words of a bar: `20 succeeded, 2 failed`. */
export function statsInWords(stats: Stats): string {
  const words = PARTS.flatMap((part) =>
    stats[part] ? [`${numberOf(stats[part])} ${stateWords(part).word}`] : [],
  );
  return words.length > 0 ? words.join(', ') : 'no operations';
}

/** Operations by state as one bar. What it shows stands in its label, and beside it as a number. */
export function ShareBar({ stats, label }: { stats: Stats; label: string }): ReactNode {
  const total = PARTS.reduce((sum, part) => sum + (stats[part] ?? 0), 0);
  let before = 0;
  return (
    <svg className="bar" role="img" aria-label={`${label}: ${statsInWords(stats)}`} width="100%" height="14">
      <rect className="bar-rest" width="100%" height="100%" />
      {PARTS.map((part) => {
        const share = total === 0 ? 0 : ((stats[part] ?? 0) / total) * 100;
        const x = before;
        before += share;
        if (share === 0 || part === 'pending') return null;
        return (
          <rect key={part} className={CLASSES[part]} x={`${x}%`} width={`${share}%`} height="100%">
            <title>{`${numberOf(stats[part] ?? 0)} ${stateWords(part).word}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}
