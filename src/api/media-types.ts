/** The content types of everything about stacks: their clients name them as their system has always done (A67). */
import { accepts } from 'hono/accepts';
import type { ApiContext } from './api-dependencies.ts';

export const JSON_TYPE = 'application/json';
export const STACK_TYPE = 'application/oracle-compute-v3+json';
/** For lists of names. */
export const STACK_DIRECTORY_TYPE = 'application/oracle-compute-v3+directory+json';
/** Media types that a body may be sent as. */
export const STACK_BODY_TYPES = [JSON_TYPE, STACK_TYPE] as const;

/** First parts of the paths that speak these types. */
export const STACK_ROOTS = [
  'orchestration',
  'instance',
  'storage',
  'ip',
  'seclist',
  'secrule',
  'vnet',
  'orchestration-templates',
  'backups',
] as const;
const STACK_PATH = new RegExp(`^/(?:${STACK_ROOTS.join('|')})(?:/|$)`);

/** True for a path about stacks, their objects or their backups, whether anything is there or not. */
export function isStackPath(path: string): boolean {
  return STACK_PATH.test(path);
}

/** The type that `Accept` prefers among those of stacks; undefined when that is plain JSON, or nothing in particular. */
export function wantedStackType(c: ApiContext): string | undefined {
  const wanted = accepts(c, {
    header: 'Accept',
    supports: [JSON_TYPE, STACK_TYPE, STACK_DIRECTORY_TYPE],
    default: JSON_TYPE,
  });
  return wanted === JSON_TYPE ? undefined : wanted;
}

/** The media types of an answer, for the OpenAPI document. */
export function inStackTypes<T>(media: T): Record<(typeof STACK_BODY_TYPES)[number], T> {
  return { [JSON_TYPE]: media, [STACK_TYPE]: media };
}

/** The same of a list of names. */
export function inDirectoryTypes<T>(
  media: T,
): Record<(typeof STACK_BODY_TYPES)[number] | typeof STACK_DIRECTORY_TYPE, T> {
  return { ...inStackTypes(media), [STACK_DIRECTORY_TYPE]: media };
}
