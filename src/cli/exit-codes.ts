/** How a command ends, for scripts. Never renumbered: scripts depend on them. */
export const EXIT = {
  done: 0,
  failed: 1,
  /** By Ctrl-C or a signal to end. What was started goes on. */
  interrupted: 2,
  usage: 3,
  signIn: 4,
  refused: 5,
  canceled: 6,
  timeout: 7,
  notFinished: 8,
  unavailable: 9,
} as const;

export type Ending = keyof typeof EXIT;

/** Why a command does not do what it was asked for, and what to do next. */
export class CommandError extends Error {
  readonly ending: Ending;
  readonly next?: string;
  constructor(ending: Ending, message: string, options: { next?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'CommandError';
    this.ending = ending;
    this.next = options.next;
  }
}

/** An orchestration or a stack in its final state, as an ending. */
export function endingOf(state: string): Ending {
  switch (state) {
    case 'succeeded':
      return 'done';
    case 'failed':
      return 'failed';
    case 'canceled':
      return 'canceled';
    default:
      return 'notFinished';
  }
}
