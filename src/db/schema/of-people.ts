import { sql } from 'drizzle-orm';

/**
 * Rows of the logs that tell of the deed of a person, and not of what followed from it: after a cancel, the end of the orchestration and
 * of each of its operations is written in the name of whoever asked for it, too. Their indexes are used by these very conditions alone.
 */
export const OF_PEOPLE = {
  upgrades: sql`actor <> 'drydock' and operation_id is null and not (kind = 'state' and to_state in ('canceled', 'failed', 'succeeded'))`,
  stacks: sql`actor <> 'drydock' and (object is null or kind = 'desired')`,
};
