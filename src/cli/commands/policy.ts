/** The maintenance policy: read, tried and stored. */
import { z } from 'zod';
import { stringify } from 'yaml';
import { command, group, YES } from '../command.ts';
import { confirm } from '../confirm.ts';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { isJSON, type Description, type Field, type Listing } from '../output.ts';
import { plain, time } from '../terminal-texts.ts';
import { findRuntime } from './runtime-commands.ts';
import { readDocument } from './begin-upgrade.ts';

const PATH = '/maintenance-policy';
const ETAG = /^"(\d+)"$/;

const documentSchema = z.record(z.string(), z.unknown());

interface Stored {
  version: number;
  etag: string;
  policy: Record<string, unknown>;
}

async function read({ api }: Context, version?: number): Promise<Stored> {
  const { data: policy, headers } = await api.answerTo(PATH, documentSchema, { query: { version } });
  const etag = headers.get('etag') ?? '';
  return { version: Number(ETAG.exec(etag)?.[1] ?? 0), etag, policy };
}

const get = command({
  words: 'get',
  about: 'The policy that holds, to be changed and stored again with `policy set`',
  options: { version: { type: 'number', describe: 'An earlier version' } },
  run: async (context, { version }) => {
    const stored = await read(context, version);
    const { format, surroundings } = context;
    // A policy is a document: there is no table of it.
    surroundings.stdout.write(
      isJSON(format)
        ? `${JSON.stringify(stored.policy, null, format.kind === 'json' ? 2 : undefined)}\n`
        : stringify(stored.policy),
    );
    context.say(
      `This is version ${stored.version}: \`drydock policy set -f FILE --version ${stored.version}\` replaces it.`,
    );
    return undefined;
  },
});

const withoutWindow = z.record(z.string(), z.number());

const storedSchema = z.looseObject({
  version: z.number(),
  changedBy: z.string(),
  changedAt: z.string(),
  reason: z.string().nullish(),
  withoutWindow: withoutWindow.nullish(),
  notCounted: z.string().nullish(),
});

function withoutWindowFields(counts: Record<string, number> | null | undefined): Field[] {
  return Object.entries(counts ?? {})
    .filter(([, count]) => count > 0)
    .map(([reason, count]): Field => ['Without a window', `${count} ${reason}`]);
}

const storedDescription: Description<z.infer<typeof storedSchema>> = {
  name: ({ version }) => String(version),
  fields: (stored) => [
    ['Version', String(stored.version)],
    ['By', stored.changedBy],
    ['At', time(stored.changedAt)],
    ['Reason', stored.reason],
    ...withoutWindowFields(stored.withoutWindow),
    ['Not counted', stored.notCounted],
  ],
};

const set = command({
  words: 'set',
  about: 'Store a policy in place of the version that you have seen',
  options: {
    file: {
      alias: 'f',
      type: 'string',
      demandOption: true,
      describe: 'The policy, as YAML or JSON; - for standard input',
    },
    version: { type: 'number', describe: 'The version that it replaces: another one is not overwritten' },
    reason: { type: 'string', describe: 'Why, for those who find it' },
    ...YES,
  },
  run: async (context, { file, version, reason, yes }) => {
    const policy = await readDocument(context, file);
    const replaced = version ?? (await askedVersion(context, policy, yes));
    const answer = await context.api.ask(PATH, storedSchema, {
      method: 'PUT',
      json: policy,
      query: { reason },
      headers: { 'if-match': `"${replaced}"` },
    });
    context.showOne(answer, storedDescription);
    return undefined;
  },
});

/** Without the version, the caller has to see what would change: nobody overwrites what they have not seen. */
async function askedVersion(
  context: Context,
  policy: Record<string, unknown>,
  yes: boolean,
): Promise<number> {
  const { version, policy: before } = await read(context);
  if (yes) {
    throw new CommandError('usage', 'Say which version it replaces: --version.', {
      next: `Version ${version} holds; \`drydock policy get\` shows it.`,
    });
  }
  for (const field of new Set([...Object.keys(before), ...Object.keys(policy)])) {
    const [was, is] = [before[field], policy[field]];
    if (JSON.stringify(was) !== JSON.stringify(is)) context.say(`${field} ${changeOf(was, is)}`);
  }
  await confirm(context, `Replace version ${version}?`);
  return version;
}

function changeOf(was: unknown, is: unknown): string {
  const size = (value: unknown): string =>
    Array.isArray(value)
      ? `${value.length} entries`
      : value === undefined
        ? 'nothing'
        : JSON.stringify(value);
  return `changes: ${size(was)} → ${size(is)}`;
}

const windowSchema = z.looseObject({ begin: z.string(), latestStart: z.string(), end: z.string() });

const runtimePreview = z.looseObject({
  kind: z.literal('runtime'),
  runtimeID: z.string(),
  shootName: z.string(),
  description: z.string(),
  windows: z.array(windowSchema),
  optOut: z.looseObject({ reason: z.string().nullish(), until: z.string() }).nullish(),
  frozenBy: z.array(z.string()),
});
const freezeSchema = z.looseObject({
  name: z.string(),
  reason: z.string(),
  from: z.string(),
  to: z.string(),
  runtimes: z.number().nullish(),
});
const fleetPreview = z.looseObject({
  kind: z.literal('fleet'),
  runtimes: z.number(),
  groups: z.array(
    z.looseObject({
      zone: z.string(),
      source: z.looseObject({ kind: z.string(), index: z.number().nullish() }),
      runtimes: z.number(),
      next: z.array(windowSchema),
    }),
  ),
  withoutWindow,
  freezes: z.array(freezeSchema).nullish(),
});
const previewSchema = z.union([runtimePreview, fleetPreview]);
type Preview = z.infer<typeof previewSchema>;
type Group = z.infer<typeof fleetPreview>['groups'][number];

const groupListing: Listing<Group> = {
  name: ({ zone }) => zone,
  columns: [
    { header: 'ZONE', of: ({ zone }) => zone },
    {
      header: 'BY',
      of: ({ source }) => (source.kind === 'rule' ? `rules[${source.index ?? 0}]` : source.kind),
    },
    { header: 'RUNTIMES', of: ({ runtimes }) => String(runtimes) },
    { header: 'NEXT', of: ({ next }) => time(next[0]?.begin) },
    { header: 'LATEST START', of: ({ next }) => time(next[0]?.latestStart) },
    { header: 'END', of: ({ next }) => time(next[0]?.end) },
  ],
};

const preview = command({
  words: 'preview',
  about: 'What the policy, or one in a file, means for the fleet or a runtime; changes nothing',
  options: {
    file: {
      alias: 'f',
      type: 'string',
      describe: 'A policy to be tried, as YAML or JSON; the one that holds',
    },
    shoot: { type: 'string', describe: 'For the runtime with this Shoot or ID; for the fleet' },
    from: { type: 'string', describe: 'From when on, RFC 3339; now' },
  },
  run: async (context, { file, shoot, from }) => {
    const policy = file === undefined ? undefined : await readDocument(context, file);
    const runtimeID = shoot === undefined ? undefined : await runtimeOf(context, shoot);
    const json = { policy, runtimeID, from };
    const answer: Preview = await context.api.ask(`${PATH}/preview`, previewSchema, { method: 'POST', json });
    if (answer.kind === 'runtime') {
      context.showOne(answer, runtimeDescription);
    } else if (isJSON(context.format)) {
      context.showOne(answer, { name: () => 'fleet', fields: () => [] });
    } else {
      context.showList(answer.groups, groupListing);
      for (const [label, value] of withoutWindowFields(answer.withoutWindow))
        context.say(`${label}: ${value ?? ''}`);
      for (const line of freezeLines(answer)) context.say(line);
    }
    return undefined;
  },
});

/** Those that hold or begin soon. Services of earlier versions tell of none. */
function freezeLines({ freezes, runtimes: all }: z.infer<typeof fleetPreview>): string[] {
  if (freezes === null) return ["The freezes can't be told: the service can't read their times."];
  return (freezes ?? []).map(({ name, reason, from, to, runtimes }) => {
    const touches = runtimes == null ? '' : `, touches ${runtimes} of ${all} runtimes`;
    return plain(`Freeze ${name}: ${time(from)} to ${time(to)}${touches}: ${reason}`);
  });
}

const runtimeDescription: Description<z.infer<typeof runtimePreview>> = {
  name: ({ shootName }) => shootName,
  fields: ({ shootName, runtimeID, description, windows, optOut, frozenBy }) => [
    ['Shoot', shootName],
    ['Runtime', runtimeID],
    ['What', description],
    ['Opted out', optOut ? `until ${time(optOut.until)}: ${optOut.reason ?? ''}` : undefined],
    ['Frozen by', frozenBy.join(', ')],
    ...windows.map(({ begin, end }): Field => ['Window', `${time(begin)} to ${time(end)}`]),
  ],
};

async function runtimeOf(context: Context, shoot: string): Promise<string> {
  const found = await findRuntime(context, shoot);
  // The service says that it does not know it.
  return found?.runtimeID ?? shoot;
}

export const policy = group('policy', 'The maintenance policy: when runtimes are upgraded', [
  get,
  set,
  preview,
]);
