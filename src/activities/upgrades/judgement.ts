import type { Repositories } from '../../db/repositories/repository-types.ts';
import type { OperationRow } from '../../db/repositories/upgrades/orchestration-repositories.ts';
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

/**
 * Any failed operation fails the orchestration, and so does one that never began: what stands as succeeded was
 * carried out on every runtime. The description says what failed. Undefined while something has not ended. (One that
 * was canceled as a whole is canceled, whatever its operations are: nobody judges it.)
 */
export async function judge(
  { operations }: Pick<Repositories, 'operations'>,
  orchestrationID: string,
): Promise<Judgement | undefined> {
  const stats = (await operations.stats([orchestrationID])).get(orchestrationID) ?? {};
  if (OPERATION_STATES.some((state) => stats[state] && !isFinalOperationState(state))) return undefined;
  const total = Object.values(stats).reduce((sum, count) => sum + count, 0);
  const sample = async (state: 'failed' | 'canceled', most: number): Promise<OperationRow[]> =>
    (await operations.list(orchestrationID, { states: [state] }, { page: 1, pageSize: most })).rows;
  const said: string[] = [];
  if (stats.failed) {
    const rows = await sample('failed', 3);
    const named = rows.map((row) => `${row.shootName}: ${row.description}`).join('; ');
    const more = stats.failed > rows.length ? `; and ${stats.failed - rows.length} more` : '';
    said.push(`${stats.failed} of ${total} operations failed (${named}${more})`);
  }
  if (stats.canceled) {
    const why = (await sample('canceled', 1))[0]?.description ?? 'canceled';
    said.push(`${stats.canceled} of ${total} operations were canceled before they began (${why})`);
  }
  if (said.length > 0) return failed(cutText(said.join('; '), LONGEST_DESCRIPTION));
  const description = `Scheduled ${total} operations`;
  return { state: 'succeeded', description, reason: 'All operations have ended' };
}
