/** Which stack a path means. */
import { z } from '@hono/zod-openapi';
import type { StackStatus } from '../../../../domain/stacks/statuses.ts';
import type { StackRow } from '../../../../db/repositories/stacks/life-cycle-repositories.ts';
import { stackName } from '../../../../domain/stacks/multipart-name.ts';
import type { StackGateway, StackOutcome } from '../../../../clients/stacks/life-cycle-gateway.ts';
import type { ApiContext, AppDependencies } from '../../../api-dependencies.ts';
import { ProblemError } from '../../../problem.ts';
import { stackSchema, toStack, type StackAnswer } from './stack.ts';
import { inStackTypes } from '../../../media-types.ts';

const part = (name: string, example: string) => z.string().openapi({ param: { name, in: 'path' }, example });

export const containerParameter = { container: part('container', 'acme') };
export const folderParameters = { ...containerParameter, user: part('user', 'jack') };
/** The three parts of a name. What can't be a name is unknown: 404. */
export const nameParameters = { ...folderParameters, name: part('name', 'shop') };

export interface NameParts {
  container: string;
  user: string;
  name: string;
}

export const stackContent = inStackTypes({ schema: stackSchema });

/** The name that a path means. Throws ProblemError not-found when nothing can have it. */
export function nameIn({ container, user, name }: NameParts, listPath = '/orchestration/'): string {
  return stackName(container, user, name) ?? throwUnknown(`/${container}/${user}/${name}`, listPath);
}

/** Throws ProblemError not-found. */
export async function findStack(
  deps: Pick<AppDependencies, 'repositories'>,
  parts: NameParts,
): Promise<StackRow> {
  const name = nameIn(parts);
  return (await deps.repositories.stacks.find(name)) ?? throwUnknown(name, '/orchestration/');
}

/**
 * The stack as it stands now. Throws ProblemError not-found. `begun` is shown as its status when the request has begun
 * something: that may be over by now, but who asked is told what he asked for, and sees the end by looking again.
 */
export async function showStack(
  c: ApiContext,
  deps: Pick<AppDependencies, 'repositories'>,
  name: string,
  begun?: StackStatus,
): Promise<StackAnswer> {
  const { stacks, stackObjects } = deps.repositories;
  const row = (await stacks.find(name)) ?? throwUnknown(name, '/orchestration/');
  const answer = toStack(row, await stackObjects.ofStack(name), c.var.baseURL);
  return begun === undefined ? answer : { ...answer, status: begun };
}

/**
 * Asks the stack's workflow. A refusal for a status that the database does not have comes from a run that an operator has
 * reset, as does one that knows nothing of a stack that exists: it reads the database, and is asked once more.
 */
export async function askStack(
  deps: Pick<AppDependencies, 'repositories' | 'stackGateway'>,
  name: string,
  ask: (gateway: StackGateway) => Promise<StackOutcome>,
): Promise<StackOutcome> {
  const { stackGateway } = deps;
  const outcome = await ask(stackGateway);
  if (outcome.kind === 'accepted') return outcome;
  const row = await deps.repositories.stacks.find(name);
  if (!row || (outcome.kind === 'refused' && isOf(row, outcome.status))) return outcome;
  await stackGateway.resync(name);
  return await ask(stackGateway);
}

/** A request that names no status does not depend on it. */
function isOf({ status }: StackRow, refusedFor: StackStatus | undefined): boolean {
  return refusedFor === undefined || refusedFor === status;
}

/** The status that an accepted request has begun. Throws ProblemError conflict with its reason, or not-found. */
export function mustBeAccepted(
  outcome: StackOutcome,
  name: string,
  listPath = '/orchestration/',
): StackStatus {
  switch (outcome.kind) {
    case 'accepted':
      return outcome.status;
    case 'refused':
      throw new ProblemError('conflict', outcome.reason);
    case 'unknown':
      return throwUnknown(name, listPath);
  }
}

/** 404 that says where to look. */
export function throwUnknown(name: string, listPath: string): never {
  throw new ProblemError('not-found', `Nothing has the name ${name}; GET ${listPath} lists what there is`);
}
