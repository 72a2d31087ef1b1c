/** The reasons that keep an operation from being executed after a worker has taken it. */
export const HOLDS = ['paused', 'everything paused', 'canceled', 'freezes'] as const;
export type Hold = (typeof HOLDS)[number];

const WORDS: Record<Hold, string> = {
  paused: 'its orchestration was paused',
  'everything paused': 'everything was paused',
  canceled: 'its orchestration was canceled',
  freezes: 'the freezes of the maintenance policy have changed',
};

/** Null stands for what was over again before anybody could look. */
export function holdWords(hold: Hold | null): string {
  const why = hold === null ? 'it was held for a moment' : WORDS[hold];
  return `Not begun: ${why} before anything was sent`;
}
