/** Stacks: groups of objects that are started and stopped as a unit. */
import { z } from 'zod';
import { stackSchema, type Stack } from '../answer-shapes.ts';
import { PAGE_SIZE } from '../api-client.ts';
import { command, group, YES, type Command } from '../command.ts';
import { confirm } from '../confirm.ts';
import type { Context } from '../context.ts';
import { CommandError, type Ending } from '../exit-codes.ts';
import type { Description, Field, Listing } from '../output.ts';
import { time } from '../terminal-texts.ts';
import { watchStack } from '../watch/watch-stack.ts';
import { LIMIT, tellOfMore } from './read.ts';
import { TIMEOUT } from './watch.ts';

const NAME = {
  name: { type: 'string', demandOption: true, describe: 'Like /acme/jack/shop' },
} as const;

/** A stack as it was typed, with or without slashes too many. Throws a usage error. */
function stackOf(typed: string): { name: string; path: string } {
  const parts = partsOf(typed);
  if (parts.length === 3) return { name: `/${parts.join('/')}`, path: pathOf(parts) };
  throw new CommandError('usage', `${typed} is no name of a stack: write /container/user/name.`, {
    next: SEE_LIST,
  });
}

/** Path of a folder of stacks. Throws a usage error. */
function folderPath(typed: string): string {
  const parts = partsOf(typed);
  if (parts.length < 3) return `${pathOf(parts)}/`;
  throw new CommandError('usage', `${typed} is no folder of stacks: write /container or /container/user.`, {
    next: SEE_LIST,
  });
}

const SEE_LIST = '`drydock stack list` shows them.';

function partsOf(typed: string): string[] {
  return typed.split('/').filter((part) => part !== '');
}

function pathOf(parts: readonly string[]): string {
  return ['', 'orchestration', ...parts.map(encodeURIComponent)].join('/');
}

const listing: Listing<Stack> = {
  name: ({ name }) => name,
  columns: [
    { header: 'NAME', of: ({ name }) => name },
    { header: 'STATUS', of: ({ status }) => status, isState: true },
    { header: 'SINCE', of: (stack) => time(stack.status_timestamp) },
    { header: 'OPLANS', of: ({ oplans }) => String(oplans.length) },
    { header: 'USER', of: ({ user }) => user },
    { header: 'ERROR', of: ({ info }) => Object.values(info.errors)[0] ?? '' },
  ],
};

const listSchema = z.object({ result: z.array(stackSchema) });

const list = command({
  words: 'list [folder]',
  about: 'Stacks, by name',
  positionals: { folder: { type: 'string', default: '/', describe: '/container or /container/user' } },
  options: {
    status: { type: 'string', array: true, describe: 'Only those with this status; may be repeated' },
    ...LIMIT,
  },
  run: async (context, { folder, status, limit = Infinity }) => {
    const path = folderPath(folder);
    const stacks: Stack[] = [];
    let total = Infinity;
    for (let page = 1; stacks.length < Math.min(total, limit); page += 1) {
      const query = { status, page, page_size: Math.min(PAGE_SIZE, limit) };
      const { data, headers } = await context.api.answerTo(path, listSchema, { query });
      const { result } = data;
      total = Number(headers.get('x-total-count') ?? result.length);
      stacks.push(...result);
      if (result.length === 0) break;
    }
    const shown = stacks.slice(0, limit);
    context.showList(shown, listing);
    if (shown.length === 0) context.say('There are no stacks.');
    tellOfMore(context, shown.length, total);
    return undefined;
  },
});

const description: Description<Stack> = {
  name: ({ name }) => name,
  fields: (stack) => [
    ['Name', stack.name],
    ['Description', stack.description],
    ['Status', stack.status],
    ['Since', time(stack.status_timestamp)],
    ['User', stack.user],
    ...stack.oplans.map(({ label, obj_type: type, status }): Field => [
      `Oplan ${label}`,
      `${status}, ${type}`,
    ]),
    ...stack.oplans.flatMap(({ info }) => Object.values(info.errors)).map((error): Field => ['Error', error]),
  ],
};

const show = command({
  words: 'show <name>',
  about: 'One stack with its oplans',
  positionals: NAME,
  run: async (context, { name }) => {
    context.showOne(await context.api.ask(stackOf(name).path, stackSchema), description);
    return undefined;
  },
});

const ACTIONS = {
  start: { about: 'Create its objects in the order of their dependencies', asks: undefined },
  stop: { about: 'Destroy what it has created, in reverse order', asks: 'destroys what it has created' },
  shutdown: { about: 'Shut its instances down, and keep the rest', asks: undefined },
  restart: { about: 'Start its instances again', asks: undefined },
} as const;

function action(verb: keyof typeof ACTIONS): Command {
  const { about, asks } = ACTIONS[verb];
  return command({
    words: `${verb} <name>`,
    about,
    positionals: NAME,
    options: {
      ...(asks === undefined ? {} : YES),
      watch: {
        type: 'boolean',
        default: false,
        describe: 'Watch it until it has ended, and end with its result',
      },
      ...TIMEOUT,
    },
    run: async (context, args) => {
      const { name, watch, timeout } = args;
      const { path } = stackOf(name);
      if (asks !== undefined && !('yes' in args && args.yes)) await confirm(context, `This ${asks}. Go on?`);
      const query = { action: verb.toUpperCase() };
      const stack = await context.api.ask(path, stackSchema, { method: 'PUT', query });
      if (watch) return await watchNamed(context, stack.name, timeout);
      context.showOne(stack, {
        ...description,
        fields: (one) => [
          ['Name', one.name],
          ['Status', one.status],
        ],
      });
      context.say(`\`drydock stack watch ${stack.name}\` waits for its end.`);
      return undefined;
    },
  });
}

const watch = command({
  words: 'watch <name>',
  about: 'Watch a stack until nothing is under way; ends with the result',
  positionals: NAME,
  options: TIMEOUT,
  run: async (context, { name, timeout }) => await watchNamed(context, name, timeout),
});

function watchNamed(context: Context, name: string, timeoutMs: number | undefined): Promise<Ending> {
  return watchStack(context, { ...stackOf(name), timeoutMs });
}

export const stack = group('stack', 'Stacks of dependent objects', [
  list,
  show,
  action('start'),
  action('stop'),
  action('shutdown'),
  action('restart'),
  watch,
]);
