/** Words that people type in place of IDs: the beginning of one, or a Shoot. */
import type { z } from 'zod';
import type { ApiClient } from './api-client.ts';
import { operationSchema, orchestrationSchema, type Operation } from './answer-shapes.ts';
import { CommandError } from './exit-codes.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const PREFIX = /^[0-9a-f][0-9a-f-]*$/i;

/** As much of an ID as a table in a terminal shows. */
const SHORT = 8;

export function short(id: string): string {
  return id.slice(0, SHORT);
}

export function shortened(id: string, isTerminal: boolean): string {
  return isTerminal ? short(id) : id;
}

/** The whole ID of the one orchestration that begins so. A whole one is not looked up. */
export async function findOrchestrationID(api: ApiClient, typed: string): Promise<string> {
  if (UUID.test(typed)) return typed.toLowerCase();
  if (!PREFIX.test(typed)) throw noSuch(typed);
  const { items } = await api.list('/orchestrations', orchestrationSchema);
  const found = items.filter(({ orchestrationID }) => orchestrationID.startsWith(typed.toLowerCase()));
  const [one, ...more] = found;
  if (!one) throw noSuch(typed);
  if (more.length === 0) return one.orchestrationID;
  const named = found.slice(0, 5).map(({ orchestrationID, state }) => `  ${orchestrationID}  ${state}`);
  throw new CommandError(
    'usage',
    `${found.length} orchestrations begin with ${typed}:\n${named.join('\n')}`,
    { next: 'Type more of the ID.' },
  );
}

function noSuch(typed: string): CommandError {
  return new CommandError('refused', `No orchestration begins with ${typed}.`, {
    next: '`drydock list` shows them.',
  });
}

const UNFINISHED = ['pending', 'in progress', 'retrying', 'canceling'];

/** Those that have not ended, newest first. */
export async function unfinished(api: ApiClient): Promise<z.infer<typeof orchestrationSchema>[]> {
  const { items } = await api.list('/orchestrations', orchestrationSchema, { query: { state: UNFINISHED } });
  return items;
}

/** The operation of that orchestration which begins so, or is that of the Shoot or the runtime. */
export async function findOperation(
  api: ApiClient,
  orchestrationID: string,
  typed: string,
): Promise<Operation> {
  const path = `/orchestrations/${orchestrationID}/operations`;
  const { items } = await api.list(path, operationSchema, { query: { search: typed } });
  const wanted = typed.toLowerCase();
  const exact = items.filter(
    ({ operationID, shootName, runtimeID }) =>
      shootName === typed || runtimeID === wanted || operationID === wanted,
  );
  const found = exact.length > 0 ? exact : items.filter(({ operationID }) => operationID.startsWith(wanted));
  const [one, ...more] = found;
  if (one && more.length === 0) return one;
  if (one) {
    throw new CommandError('usage', `${found.length} operations begin with ${typed}.`, {
      next: 'Type more of the ID.',
    });
  }
  throw new CommandError(
    'refused',
    `No operation of it begins with ${typed}, or is that of a Shoot ${typed}.`,
    {
      next: `\`drydock ops ${short(orchestrationID)} --search ${typed}\` looks for it.`,
    },
  );
}
