import { sql } from 'drizzle-orm';

/**
 * Rows of the logs that tell what a person did, and not what followed from it: cancelling writes a row for each operation
 * that is canceled, too. The indexes of these rows are used by whoever takes these very conditions.
 */
export const OF_PEOPLE = {
  upgrades: sql`actor <> 'drydock' and operation_id is null`,
  stacks: sql`actor <> 'drydock' and (object is null or kind = 'desired')`,
};
