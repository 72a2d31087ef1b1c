/** How messages name objects, and whose they are. */
import { UnavailableError } from '../../../../domain/errors.ts';
import { objectTitle, type ObjectReference } from '../../../../domain/stacks/definition.ts';
import type { Found } from './collection.ts';
import { ANNOTATION } from './names.ts';

export function ownerOf(found: Found<unknown>): string | null {
  return found.annotations[ANNOTATION.owner] ?? null;
}

export function titleOf({ objType, name }: ObjectReference): string {
  return objectTitle(objType, name);
}

/** Its name is free again once it is gone. */
export function stillEnding(object: ObjectReference): UnavailableError {
  return new UnavailableError('objects', `An earlier ${titleOf(object)} is still being deleted`);
}
