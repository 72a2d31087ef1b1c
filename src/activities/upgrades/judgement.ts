import type { Repositories } from '../../db/repositories/repository-types.ts';
import { isFinalOperationState, OPERATION_STATES } from '../../domain/upgrades/states.ts';
import { cutText } from '../../domain/texts.ts';

const LONGEST_DESCRIPTION = 2_000;

/** How an orchestration ends, and what is said of it. */
export interface Judgement {
  state: 'failed' | 'succeeded';
  description: string;
  reason: string;
}

/** The end of an orchestration that could not be carried out. */
export function failed(description: string): Judgement {
  return { state: 'failed', description, reason: description };
}

/** Any failed operation fails the orchestration; the description says what failed. Undefined while something has not ended. */
export async function judge(
  { operations }: Pick<Repositories, 'operations'>,
  orchestrationID: string,
): Promise<Judgement | undefined> {
  const stats = (await operations.stats([orchestrationID])).get(orchestrationID) ?? {};
  if (OPERATION_STATES.some((state) => stats[state] && !isFinalOperationState(state))) return undefined;
  const total = Object.values(stats).reduce((sum, count) => sum + count, 0);
  if (!stats.failed) {
    const description = `Scheduled ${total} operations`;
    return { state: 'succeeded', description, reason: 'All operations have ended' };
  }
  const { rows } = await operations.list(orchestrationID, { states: ['failed'] }, { page: 1, pageSize: 3 });
  const named = rows.map((row) => `${row.shootName}: ${row.description}`).join('; ');
  const more = stats.failed > rows.length ? `; and ${stats.failed - rows.length} more` : '';
  return failed(
    cutText(`${stats.failed} of ${total} operations failed (${named}${more})`, LONGEST_DESCRIPTION),
  );
}
