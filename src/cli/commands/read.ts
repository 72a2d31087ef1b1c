/** Commands that only read: list, show, ops, events. */
import type { z } from 'zod';
import { eventSchema, failureSchema, operationSchema, orchestrationSchema } from '../answer-shapes.ts';
import { command, ID } from '../command.ts';
import type { Context } from '../context.ts';
import { CommandError, endingOf } from '../exit-codes.ts';
import { findOperation, findOrchestrationID, short } from '../ids.ts';
import {
  eventListing,
  operationDescription,
  operationListing,
  orchestrationDescription,
  orchestrationListing,
} from '../listings.ts';
import type { Listing } from '../output.ts';
import { counted, time } from '../terminal-texts.ts';

/** So many of the newest are shown when nothing else is asked for. */
const RECENT = 30;

export const LIMIT = {
  limit: { type: 'number', describe: 'At most so many; 0 for all', coerce: asLimit },
} as const;

function asLimit(limit: number | undefined): number | undefined {
  if (limit === undefined) return undefined;
  if (!Number.isInteger(limit) || limit < 0)
    throw new CommandError('usage', '--limit must be a whole number, 0 for all.');
  return limit === 0 ? Infinity : limit;
}

/** Says on standard error when the list goes on. */
export function tellOfMore(context: Context, shown: number, total: number): void {
  if (shown < total) context.say(`${shown} of ${total.toLocaleString('en-US')}; --limit 0 shows all.`);
}

export const list = command({
  words: 'list',
  about: 'Orchestrations of upgrades, newest first',
  options: {
    state: { type: 'string', array: true, describe: 'Only those in this state; may be repeated' },
    ...LIMIT,
  },
  run: async (context, { state, limit = RECENT }) => {
    const { items, total } = await context.api.list('/orchestrations', orchestrationSchema, {
      query: { state },
      limit,
    });
    context.showList(items, orchestrationListing);
    if (total === 0)
      context.say('There are no orchestrations. `drydock upgrade kyma --help` says how to begin one.');
    tellOfMore(context, items.length, total);
    return undefined;
  },
});

export const show = command({
  words: 'show <id> [operation]',
  about: 'One orchestration, or one of its operations',
  positionals: {
    ...ID,
    operation: { type: 'string', describe: 'Shoot, or the beginning of the ID of an operation' },
  },
  options: {
    'exit-status': {
      type: 'boolean',
      default: false,
      describe: 'End with its result: 0 succeeded, 1 failed, 6 canceled, 8 not finished',
    },
  },
  run: async (context, { id, operation, 'exit-status': withStatus }) => {
    const { api } = context;
    const orchestrationID = await findOrchestrationID(api, id);
    if (operation !== undefined) {
      const { operationID } = await findOperation(api, orchestrationID, operation);
      const path = `/orchestrations/${orchestrationID}/operations/${operationID}`;
      const one = await api.ask(path, operationSchema);
      context.showOne(one, operationDescription);
      return withStatus ? endingOf(one.state) : undefined;
    }
    const one = await api.ask(`/orchestrations/${orchestrationID}`, orchestrationSchema);
    context.showOne(one, orchestrationDescription);
    if (one.progress.failed > 0) await tellOfFailures(context, orchestrationID);
    const asked = one.waves?.find(({ question }) => question?.stands);
    if (asked)
      context.say(`Wave ${asked.name} asks: \`drydock approve ${short(orchestrationID)} --reason "…"\`.`);
    return withStatus ? endingOf(one.state) : undefined;
  },
});

/** The most frequent causes, on standard error: they are no part of what was asked for. */
async function tellOfFailures({ api, say }: Context, orchestrationID: string): Promise<void> {
  const path = `/orchestrations/${orchestrationID}/failures`;
  const { items, total } = await api.list(path, failureSchema, { limit: 3 });
  for (const { count, message } of items) say(`${count} failed: ${message}`);
  if (total > items.length) say(`and ${counted(total - items.length, 'other cause')}`);
  say(
    `\`drydock ops ${short(orchestrationID)} --state failed\` names them; \`drydock retry ${short(orchestrationID)}\` tries them again.`,
  );
}

export const ops = command({
  words: 'ops <id>',
  about: 'Operations of an orchestration, in the order of its plan',
  positionals: ID,
  options: {
    state: { type: 'string', array: true, describe: 'Only those in this state; may be repeated' },
    search: { type: 'string', describe: 'Only those with this text in Shoot, IDs, region or plan' },
    wave: { type: 'string', array: true, describe: 'Only those of this wave, by its name; may be repeated' },
    'waiting-for': { type: 'string', array: true, describe: 'Only those that wait for this, such as window' },
    cause: { type: 'string', describe: 'Only those that have failed for this cause' },
    ...LIMIT,
  },
  run: async (context, { id, state, search, wave, 'waiting-for': waitingFor, cause, limit = Infinity }) => {
    const orchestrationID = await findOrchestrationID(context.api, id);
    const { items, total } = await context.api.list(
      `/orchestrations/${orchestrationID}/operations`,
      operationSchema,
      { query: { state, search, wave, waitingFor, cause }, limit },
    );
    context.showList(items, operationListing);
    if (total === 0) context.say('No operations match, or there is no plan yet.');
    tellOfMore(context, items.length, total);
    return undefined;
  },
});

export const events = command({
  words: 'events <id>',
  about: 'Who changed what, when and why, oldest first',
  positionals: ID,
  options: {
    operation: { type: 'string', describe: 'Only those of this operation, or of this Shoot' },
    ...LIMIT,
  },
  run: async (context, { id, operation, limit = Infinity }) => {
    const { api } = context;
    const orchestrationID = await findOrchestrationID(api, id);
    const operationID =
      operation === undefined
        ? undefined
        : (await findOperation(api, orchestrationID, operation)).operationID;
    const { items, total } = await api.list(`/orchestrations/${orchestrationID}/events`, eventSchema, {
      query: { operationID },
      limit,
    });
    context.showList(items, eventListing);
    tellOfMore(context, items.length, total);
    return undefined;
  },
});

const failureListing: Listing<z.infer<typeof failureSchema>> = {
  name: ({ cause }) => cause,
  columns: [
    { header: 'COUNT', of: ({ count }) => String(count) },
    { header: 'CODE', of: ({ code }) => code ?? '' },
    { header: 'FIRST', of: ({ first }) => time(first) },
    { header: 'LAST', of: ({ last }) => time(last) },
    { header: 'CAUSE', of: ({ cause }) => cause },
    { header: 'WHAT', of: ({ example }) => example },
  ],
};

export const failures = command({
  words: 'failures <id>',
  about: 'The causes of what has failed, the most frequent first',
  positionals: ID,
  options: LIMIT,
  run: async (context, { id, limit = Infinity }) => {
    const orchestrationID = await findOrchestrationID(context.api, id);
    const path = `/orchestrations/${orchestrationID}/failures`;
    const { items, total } = await context.api.list(path, failureSchema, { limit });
    context.showList(items, failureListing);
    if (total === 0) context.say('Nothing has failed.');
    tellOfMore(context, items.length, total);
    return undefined;
  },
});
