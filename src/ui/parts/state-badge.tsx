import type { ReactNode } from 'react';
import type { Picture, StateWords } from '../words/state-words.ts';

const PATHS: Record<Picture, string> = {
  wait: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Zm0 2.5V8l2.5 2',
  run: 'M5 3l8 5-8 5Z',
  pause: 'M5 3v10M11 3v10',
  stop: 'M4 4h8v8H4Z',
  good: 'M3 8.5l3.5 3.5L13 4.5',
  bad: 'M4 4l8 8M12 4l-8 8',
  ask: 'M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.3 8.7 8 9.2 8 10m0 2.5v.5',
  retry: 'M12.5 6A5 5 0 1 0 13 9m0-6v3.5H9.5',
  none: 'M4 8h8',
};

/** A picture that goes with a word. */
export function Icon({ picture }: { picture: Picture }): ReactNode {
  return (
    <svg className={`icon icon-${picture}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[picture]} />
    </svg>
  );
}

export function StateBadge({ words }: { words: StateWords }): ReactNode {
  return (
    <span className={`badge tone-${words.tone}`}>
      <Icon picture={words.picture} />
      {words.word}
    </span>
  );
}
