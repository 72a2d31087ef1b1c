/** Webhooks: receivers that are told what happens. Secrets are made here, and shown once. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { ApiClient } from '../api-client.ts';
import { command, group, YES } from '../command.ts';
import { confirm } from '../confirm.ts';
import type { Context } from '../context.ts';
import { CommandError, type Ending } from '../exit-codes.ts';
import { short, shortened } from '../ids.ts';
import type { Description, Listing } from '../output.ts';
import { askOnce } from '../sent-once.ts';
import { time } from '../terminal-texts.ts';
import { LIMIT, tellOfMore } from './read.ts';

const SECRET_BYTES = 32;
const RECENT = 20;

const deliverySchema = z.looseObject({
  deliveryID: z.string(),
  eventID: z.string(),
  type: z.string(),
  state: z.string(),
  attempts: z.number(),
  nextAttemptAt: z.string().nullish(),
  attemptedAt: z.string().nullish(),
  answerStatus: z.number().nullish(),
  answer: z.string().nullish(),
  createdAt: z.string(),
});
type Delivery = z.infer<typeof deliverySchema>;

const webhookSchema = z.looseObject({
  webhookID: z.string(),
  url: z.string(),
  description: z.string(),
  events: z.array(z.string()),
  enabled: z.boolean(),
  disabled: z.object({ by: z.string(), reason: z.string() }).nullish(),
  earlierSecretUntil: z.string().nullish(),
  lastDelivery: deliverySchema.nullish(),
  createdBy: z.string(),
  createdAt: z.string(),
});
type Webhook = z.infer<typeof webhookSchema>;

const listSchema = z.object({ data: z.array(webhookSchema) });

const WEBHOOK_ID = {
  id: { type: 'string', demandOption: true, describe: 'ID of a webhook, or its beginning' },
} as const;

const stateOf = ({ enabled }: Webhook): string => (enabled ? 'enabled' : 'disabled');
const lastOf = ({ lastDelivery }: Webhook): string => lastDelivery?.state ?? '';
/** `window.upcoming`, one for each account, is only for those that name it. */
const eventsOf = ({ events }: Webhook): string =>
  events.length === 0 ? 'all but window.upcoming' : events.join(', ');

const webhookListing: Listing<Webhook> = {
  name: ({ webhookID }) => webhookID,
  columns: [
    { header: 'ID', of: ({ webhookID }, { isTerminal }) => shortened(webhookID, isTerminal) },
    { header: 'STATE', of: stateOf, isState: true },
    { header: 'LAST', of: lastOf },
    { header: 'URL', of: ({ url }) => url },
    { header: 'EVENTS', of: eventsOf, isWide: true },
    { header: 'DESCRIPTION', of: ({ description }) => description },
  ],
};

/** Just after it was made the secret is with it. */
const webhookDescription: Description<Webhook & { secret?: string }> = {
  name: ({ webhookID }) => webhookID,
  fields: (webhook) => {
    const { webhookID, url, description, disabled, earlierSecretUntil, createdBy, createdAt } = webhook;
    const { lastDelivery: last } = webhook;
    return [
      ['ID', webhookID],
      ['URL', url],
      ['Description', description],
      ['Events', eventsOf(webhook)],
      ['State', stateOf(webhook)],
      ['Disabled', disabled ? `by ${disabled.by}: ${disabled.reason}` : undefined],
      ['Secret', webhook.secret],
      ['Earlier secret', earlierSecretUntil ? `signs, too, until ${time(earlierSecretUntil)}` : undefined],
      ['Created', `${time(createdAt)} by ${createdBy}`],
      ['Last delivery', last ? `${last.type} ${last.state}, of ${time(last.createdAt)}` : undefined],
    ];
  },
};

const deliveryListing: Listing<Delivery> = {
  name: ({ deliveryID }) => deliveryID,
  columns: [
    { header: 'ID', of: ({ deliveryID }) => deliveryID },
    { header: 'EVENT', of: ({ eventID }) => eventID, isWide: true },
    { header: 'TYPE', of: ({ type }) => type },
    { header: 'STATE', of: ({ state }) => state, isState: true },
    { header: 'TRIES', of: ({ attempts }) => String(attempts) },
    { header: 'CREATED', of: ({ createdAt }) => time(createdAt) },
    { header: 'NEXT', of: ({ nextAttemptAt }) => time(nextAttemptAt ?? '') },
    { header: 'STATUS', of: ({ answerStatus }) => String(answerStatus ?? '') },
    { header: 'ANSWER', of: ({ answer }) => answer ?? '' },
  ],
};

/** The one webhook that begins so. */
async function findWebhook(api: ApiClient, typed: string): Promise<Webhook> {
  const { data } = await api.ask('/webhooks', listSchema);
  const wanted = typed.toLowerCase();
  const found = data.filter(({ webhookID }) => wanted !== '' && webhookID.startsWith(wanted));
  const [one, ...more] = found;
  if (one && more.length === 0) return one;
  const next = '`drydock webhook list` shows them.';
  if (!one) throw new CommandError('refused', `No webhook begins with ${typed}.`, { next });
  throw new CommandError('usage', `${found.length} webhooks begin with ${typed}.`, { next });
}

async function pathOf(api: ApiClient, typed: string): Promise<string> {
  return `/webhooks/${(await findWebhook(api, typed)).webhookID}`;
}

function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

function showWithSecret(context: Context, webhook: Webhook, secret: string): undefined {
  context.showOne({ ...webhook, secret }, webhookDescription);
  context.say('The secret is shown this once: give it to the receiver now.');
  return undefined;
}

const add = command({
  words: 'add <url>',
  about: 'Have a receiver told what happens; its secret is shown once',
  positionals: { url: { type: 'string', demandOption: true, describe: 'https://…' } },
  options: {
    event: {
      type: 'string',
      array: true,
      describe: 'Only events of this type; may be repeated; by default all but window.upcoming',
    },
    description: { type: 'string', describe: 'For those who find it' },
  },
  run: async (context, { url, event: events, description }) => {
    const secret = newSecret();
    const json = { url, description, events, secret };
    const webhook = await askOnce(context, '/webhooks', webhookSchema, {
      json,
      nextWhenLost:
        'It may have been added all the same: `drydock webhook list` shows it, and `drydock webhook rotate` gives it a secret that you know.',
    });
    return showWithSecret(context, webhook, secret);
  },
});

const list = command({
  words: 'list',
  about: 'All webhooks',
  run: async (context) => {
    const { data } = await context.api.ask('/webhooks', listSchema);
    context.showList(data, webhookListing);
    if (data.length === 0) context.say('There are no webhooks. `drydock webhook add <url>` adds one.');
    return undefined;
  },
});

const show = command({
  words: 'show <id>',
  about: 'One webhook',
  positionals: WEBHOOK_ID,
  run: async (context, { id }) => {
    context.showOne(await findWebhook(context.api, id), webhookDescription);
    return undefined;
  },
});

const remove = command({
  words: 'remove <id>',
  about: 'Remove a webhook with its deliveries',
  positionals: WEBHOOK_ID,
  options: YES,
  run: async (context, { id, yes }): Promise<Ending | undefined> => {
    const { webhookID, url, description } = await findWebhook(context.api, id);
    if (!yes)
      await confirm(context, `Remove ${description === '' ? url : description} (${short(webhookID)})?`);
    await context.api.send(`/webhooks/${webhookID}`, { method: 'DELETE' });
    context.say(`Webhook ${webhookID} is removed.`);
    return undefined;
  },
});

function enabling(verb: 'enable' | 'disable', about: string) {
  return command({
    words: `${verb} <id>`,
    about,
    positionals: WEBHOOK_ID,
    run: async (context, { id }) => {
      const sent = { method: 'PATCH', json: { enabled: verb === 'enable' } } as const;
      const path = await pathOf(context.api, id);
      context.showOne(await context.api.ask(path, webhookSchema, sent), webhookDescription);
      return undefined;
    },
  });
}

const rotate = command({
  words: 'rotate <id>',
  about: 'Replace its secret; the one before signs, too, for 24 hours',
  positionals: WEBHOOK_ID,
  run: async (context, { id }) => {
    const secret = newSecret();
    const path = await pathOf(context.api, id);
    const sent = { method: 'POST', json: { secret } } as const;
    return showWithSecret(context, await context.api.ask(`${path}/rotate`, webhookSchema, sent), secret);
  },
});

const test = command({
  words: 'test <id>',
  about: 'Send it an event of the type webhook.test',
  positionals: WEBHOOK_ID,
  run: async (context, { id }) => {
    const { webhookID } = await findWebhook(context.api, id);
    const schema = z.object({ eventID: z.string() });
    const answer = await context.api.ask(`/webhooks/${webhookID}/test`, schema, { method: 'POST' });
    context.showOne(answer, {
      name: ({ eventID }) => eventID,
      fields: ({ eventID }) => [['Event', eventID]],
    });
    context.say(`\`drydock webhook deliveries ${short(webhookID)}\` shows what comes of it.`);
    return undefined;
  },
});

const deliveries = command({
  words: 'deliveries <id>',
  about: 'The events that it was told of, newest first, and what came of each',
  positionals: WEBHOOK_ID,
  options: {
    state: { type: 'string', array: true, describe: 'pending, delivered or failed; may be repeated' },
    ...LIMIT,
  },
  run: async (context, { id, state, limit = RECENT }) => {
    const path = `${await pathOf(context.api, id)}/deliveries`;
    const { items, total } = await context.api.list(path, deliverySchema, { query: { state }, limit });
    context.showList(items, deliveryListing);
    tellOfMore(context, items.length, total);
    return undefined;
  },
});

const redeliver = command({
  words: 'redeliver <id> [delivery..]',
  about: 'Deliver events again: some, or all of a time',
  positionals: {
    ...WEBHOOK_ID,
    delivery: { type: 'string', array: true, describe: 'IDs of deliveries' },
  },
  options: {
    since: { type: 'string', describe: 'All that were written from then on, like 2030-10-12T19:00:00Z' },
    until: { type: 'string', describe: 'With --since: before then; now by default' },
  },
  run: async (context, { id, delivery = [], since, until }) => {
    const isOfSome = delivery.length > 0;
    if (isOfSome === (since !== undefined))
      throw new CommandError('usage', 'Name deliveries, or a time by --since.');
    const path = `${await pathOf(context.api, id)}/redeliver`;
    const json = isOfSome ? { deliveryIDs: delivery } : { since, until };
    const schema = z.looseObject({ count: z.number() });
    const answer = await context.api.ask(path, schema, { method: 'POST', json });
    context.showOne(answer, {
      name: ({ count }) => String(count),
      fields: ({ count }) => [['On their way', String(count)]],
    });
    return undefined;
  },
});

export const webhook = group('webhook', 'Receivers that are told what happens', [
  add,
  list,
  show,
  remove,
  enabling('enable', 'Tell it what happens from now on'),
  enabling('disable', 'Tell it nothing any more'),
  rotate,
  test,
  deliveries,
  redeliver,
]);
