/** Names for objects that a definition gives none: Oracle's clients leave them out where nothing needs to refer to them. */
import { v5 as uuidV5 } from 'uuid';
import type { ObjectType } from './definition.ts';
import { folderOf, LONGEST_STACK_NAME } from './multipart-name.ts';

/**
 * The namespace of generated names (RFC 9562, section 6.6). With another one every unnamed object would look like a new one.
 */
const NAME_NAMESPACE = '1b8f0f52-0c55-4d86-9d38-6f0b6f0c7a3e';
const UUID_LENGTH = 36;

/** Types whose objects may have no name: nothing has to be there before others refer to it by one. */
export const NAMELESS_TYPES: ReadonlySet<ObjectType> = new Set([
  'launchplan',
  'storage/attachment',
  'ip/reservation',
  'ip/association',
  'secrule',
]);

/**
 * The name of the object at this place of a definition: a UUID in the folder of the stack. The same stack, label and place
 * give the same name each time, so that a definition that is sent again says the same. `place` counts from 0 over all
 * objects of the plan.
 */
export function generatedName(stack: string, label: string, place: number): string {
  const { folder } = folderOf(stack);
  return `${folder}${uuidV5(JSON.stringify([stack, label, place]), NAME_NAMESPACE)}`;
}

/** False where the folder of a stack is so long that a generated name in it would be none. */
export function hasRoomForNames(stack: string): boolean {
  return folderOf(stack).folder.length + UUID_LENGTH <= LONGEST_STACK_NAME;
}
