/** Reading the fields of definitions: what the driver needs of them, and what it says when it can't use one. */
import { FinalError } from '../../../../domain/errors.ts';
import type { Json } from '../../../../domain/stacks/definition.ts';
import type { WantedObject } from '../driver.ts';
import { titleOf } from './titles.ts';

export type Fields = { [field: string]: Json };

export function isFields(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text of a field; undefined when it is absent, null or empty. */
export function textOf(fields: Fields, field: string): string | undefined {
  const value = fields[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function fieldsOf(value: Json | undefined): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** An object that can't be made like this. */
export function refused(object: WantedObject, why: string): FinalError {
  return new FinalError('OBJECT_REFUSED', `${titleOf(object)} ${why}`);
}

/** The last part of a name like `/oracle/public/ssh`. */
export function lastPart(name: string): string {
  return name.split('/').at(-1) ?? '';
}
