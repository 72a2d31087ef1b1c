/** The words of the page that nobody knows who comes to it for the first time, as the glossary of the project has them. */
export const TERMS = {
  approval: 'A person says whether the next wave may begin.',
  budget:
    'How many operations may fail, of all or of each wave. One more, and the rollout pauses, or is stopped, by itself.',
  lane: 'One of the lines in which rollouts wait. The lanes work beside each other, each with one rollout at a time.',
  overrides: 'Settings for the upgrade that somebody has stored for some runtimes, a plan or all of them.',
  Provisioner: 'The service that carries out the upgrade of a runtime, when Drydock asks it to.',
  Shoot: 'The cluster of a runtime, as Gardener calls it. Each runtime has one; its name begins with “c-”.',
  soak: 'The time between the end of a wave and the next one, in which trouble may show.',
  turn: 'The right to work in a lane. It goes to the next rollout when the one that has it ends.',
  wave: 'A part of the runtimes that is upgraded to its end before the next part begins.',
} as const;

export type Term = keyof typeof TERMS;

/** `What lane and turn mean`. */
export function termsTitle(terms: readonly Term[]): string {
  const [last, ...before] = terms.toReversed();
  const first = before.reverse().join(', ');
  return `What ${first === '' ? '' : `${first} and `}${last ?? ''} mean${terms.length === 1 ? 's' : ''}`;
}
