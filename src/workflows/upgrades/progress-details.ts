import type { CarriedChild, OrchestrationProgress } from '../contract/upgrades.ts';

/** Children that are named, of up to 1,000. */
const MOST_NAMED = 20;

/** Progress of an orchestration for Temporal's Web UI, as Markdown. */
export function progressDetails(
  {
    state,
    total,
    done,
    workers,
    next,
  }: Pick<OrchestrationProgress, 'state' | 'total' | 'done'> & { workers: number; next?: string },
  inFlight: readonly CarriedChild[],
): string {
  const shoots = inFlight.slice(0, MOST_NAMED).map(({ shootName, attempt, begin }) => {
    return `- ${shootName}${attempt > 1 ? ` (attempt ${attempt})` : ''}${begin ? `, window from ${begin}` : ''}`;
  });
  return (
    `**${state}**: ${done} of ${total} operations ended, ` +
    `${inFlight.length} in flight with ${workers} workers${next === undefined ? '' : `\n\nNow: ${next}`}` +
    `\n\n${shoots.join('\n')}`
  );
}
