import { and, asc, ne, sql } from 'drizzle-orm';
import { simulatedObjects, type SimulatedObjectRow } from '../../../../db/schema/stacks/simulation.ts';
import { FinalError, InUseError, UnavailableError } from '../../../../domain/errors.ts';
import { referencesOf, referenceText } from '../../../../domain/stacks/object-references.ts';
import { objectTitle, type ObjectReference } from '../../../../domain/stacks/definition.ts';
import type { WantedObject } from '../driver.ts';
import { describeRow } from './condition.ts';
import { isObject, type Request, type Transaction } from './changes.ts';

/**
 * Every object that another one refers to must exist before that one (A61), and stays until its creation is written.
 * Throws OBJECT_REFUSED for what does not exist, and UnavailableError for what is still on its way. Answers the
 * references.
 */
export async function requireReferences(
  { tx, now }: Request,
  { objType, name, spec }: WantedObject,
): Promise<ObjectReference[]> {
  const references = referencesOf(objType, spec).sort((a, b) =>
    referenceText(a) < referenceText(b) ? -1 : 1,
  );
  for (const reference of references) {
    const [row] = await tx.select().from(simulatedObjects).where(isObject(reference)).for('share');
    const title = `${objectTitle(objType, name)} refers to ${objectTitle(reference.objType, reference.name)}`;
    if (!row && isDefaultList(reference)) continue;
    if (!row || row.goal === 'gone') {
      throw new FinalError(
        'OBJECT_REFUSED',
        `${title}, which does not exist; create it first, or let the plan depend on it`,
      );
    }
    if (describeRow(row, now)?.state === 'pending') {
      throw new UnavailableError('objects', `${title}, which is not ready yet; try again when it is`);
    }
  }
  return references;
}

/** Oracle's platform gives each container a security list of this name, and its examples refer to it. */
function isDefaultList({ objType, name }: ObjectReference): boolean {
  return objType === 'seclist' && /^\/[^/]+\/default\/default$/.test(name);
}

/** Throws InUseError, naming the user, while another object needs this one (A62). */
export async function requireUnused({ tx, now }: Request, object: WantedObject): Promise<void> {
  const user = await findUser(tx, object, now);
  if (!user) return;
  throw new InUseError(
    `${objectTitle(object.objType, object.name)} is in use by ${objectTitle(user.objType, user.name)}; destroy that first`,
  );
}

async function findUser(
  tx: Transaction,
  object: WantedObject,
  now: string,
): Promise<SimulatedObjectRow | undefined> {
  const users = await tx
    .select()
    .from(simulatedObjects)
    .where(
      and(
        sql`${simulatedObjects.refers} @> array[${referenceText(object)}]::text[]`,
        // A user that is being destroyed is in the way until it is gone.
        sql`(${ne(simulatedObjects.goal, 'gone')} or ${simulatedObjects.settledAt} > ${now}::timestamptz)`,
      ),
    )
    .orderBy(asc(simulatedObjects.objType), asc(simulatedObjects.name))
    .limit(1);
  return users[0];
}
