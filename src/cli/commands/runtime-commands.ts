/** Runtimes, and why one of them waits. */
import { z } from 'zod';
import {
  excludedSchema,
  operationSchema,
  runtimeInPlanSchema,
  runtimeSchema,
  type Orchestration,
  type Runtime,
} from '../answer-shapes.ts';
import { command } from '../command.ts';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { shortened, unfinished } from '../ids.ts';
import { kindOf, runtimeDescription, runtimeListing, versionOf, waitText } from '../listings.ts';
import type { Listing } from '../output.ts';
import { plain, time } from '../terminal-texts.ts';
import { LIMIT, tellOfMore } from './read.ts';

const many = (describe: string) => ({ type: 'string', array: true, describe }) as const;

export const runtimes = command({
  words: 'runtimes',
  about: 'The runtimes of the fleet, oldest first',
  options: {
    plan: many('Only those with this service plan; filters may be repeated'),
    region: many('Only those in this region'),
    account: many('Only those of this global account'),
    subaccount: many('Only those of this subaccount'),
    shoot: many('Only those with this Shoot'),
    state: many('Only those in this state, such as upgrading, error or suspended'),
    ...LIMIT,
  },
  run: async (context, { plan, region, account, subaccount, shoot, state, limit = Infinity }) => {
    const { items, total } = await context.api.list('/runtimes', runtimeSchema, {
      query: { plan, region, account, subaccount, shoot, state },
      limit,
    });
    context.showList(items, runtimeListing);
    if (total === 0) context.say('No runtimes match. Those that hibernate are shown with --state suspended.');
    tellOfMore(context, items.length, total);
    return undefined;
  },
});

const SHOOT = {
  shoot: { type: 'string', demandOption: true, describe: 'Name of the Shoot, or ID of the runtime' },
} as const;

export const runtime = command({
  words: 'runtime <shoot>',
  about: 'One runtime, with its last upgrades',
  positionals: SHOOT,
  run: async (context, { shoot }) => {
    const found = await findRuntime(context, shoot);
    if (!found) throw unknown(shoot);
    context.showOne(found, runtimeDescription);
    return undefined;
  },
});

function unknown(shoot: string): CommandError {
  return new CommandError('refused', `The fleet has no runtime with the Shoot ${shoot}.`, {
    next: '`drydock runtimes` shows them all.',
  });
}

export async function findRuntime({ api }: Context, typed: string): Promise<Runtime | undefined> {
  const state = ['all', 'suspended'];
  const find = async (query: Record<string, string>): Promise<Runtime | undefined> =>
    (await api.list('/runtimes', runtimeSchema, { query: { ...query, state }, limit: 1 })).items[0];
  return (await find({ shoot: typed })) ?? (await find({ runtime_id: typed }));
}

interface Reason {
  orchestrationID: string;
  upgrade: string;
  operationID: string | null;
  state: string;
  code: string | null;
  until: string | null;
  message: string;
  then?: { code: string; message: string; until?: string }[];
}

const listing: Listing<Reason> = {
  name: ({ operationID, orchestrationID }) => operationID ?? orchestrationID,
  columns: [
    {
      header: 'ORCHESTRATION',
      of: ({ orchestrationID }, { isTerminal }) => shortened(orchestrationID, isTerminal),
    },
    { header: 'UPGRADE', of: ({ upgrade }) => upgrade },
    { header: 'STATE', of: ({ state }) => state, isState: true },
    { header: 'WAITS FOR', of: ({ code }) => code ?? '' },
    { header: 'UNTIL', of: ({ until }) => time(until) },
    { header: 'WHY', of: (reason) => waitText(reason) ?? '' },
  ],
};

export const why = command({
  words: 'why <shoot>',
  about: 'Why a runtime waits, or is left out, in everything that has not ended',
  positionals: SHOOT,
  run: async (context, { shoot }) => {
    const [found, open] = await Promise.all([findRuntime(context, shoot), unfinished(context.api)]);
    const reasons = await Promise.all(open.map((each) => reasonIn(context, each, found, shoot)));
    const known = reasons.filter((reason) => reason !== undefined);
    if (!found && known.length === 0) throw unknown(shoot);
    // Whole sentences: nobody asks why to read a half of it.
    const { kind } = context.format;
    if (context.place.isTerminal && (kind === 'table' || kind === 'wide')) tell(context, known);
    else context.showList(known, listing);
    if (known.length === 0) context.say('Nothing that is under way concerns it.');
    if (found && known.length === 0) await tellOfWindow(context, found);
    return undefined;
  },
});

function tell({ surroundings, place }: Context, reasons: readonly Reason[]): void {
  for (const { orchestrationID, upgrade, state, message, until, then = [] } of reasons) {
    const id = shortened(orchestrationID, place.isTerminal);
    const lines = [
      `${upgrade}, orchestration ${id}: ${state}`,
      `  ${message}${endText(until)}`,
      ...then.map((wait) => `  then: ${wait.message}${endText(wait.until ?? null)}`),
    ];
    surroundings.stdout.write(lines.map((line) => `${plain(line)}\n`).join(''));
  }
}

function endText(until: string | null): string {
  return until === null ? '' : ` (until ${time(until)})`;
}

async function reasonIn(
  { api }: Context,
  orchestration: Orchestration,
  found: Runtime | undefined,
  shoot: string,
): Promise<Reason | undefined> {
  const { orchestrationID, type, waitingFor } = orchestration;
  const of = { orchestrationID, upgrade: `${kindOf(type)} ${versionOf(orchestration)}`.trimEnd() };
  const base = `/orchestrations/${orchestrationID}`;
  // Before its turn it has no plan yet.
  if (orchestration.progress.total === null) {
    // Of a Shoot that the fleet does not have, nothing is known before there is one.
    if (!found) return undefined;
    const message = `It has no plan yet. ${waitingFor?.message ?? orchestration.description}`;
    return { ...of, operationID: null, state: 'pending', code: 'turn', until: null, message };
  }
  if (!found) return await leftOutIn(api, base, of, shoot);
  const { kind, message, operationID, reason } = await api.ask(
    `${base}/runtimes/${found.runtimeID}`,
    runtimeInPlanSchema,
  );
  if (!operationID) {
    return { ...of, operationID: null, state: kind, code: reason ?? null, until: null, message };
  }
  const operation = await api.ask(`${base}/operations/${operationID}`, operationSchema);
  const waits = operation.waitingFor;
  return {
    ...of,
    ...{ operationID, state: operation.state, code: waits?.code ?? null, until: waits?.until ?? null },
    message: waits?.message ?? operation.description,
    ...(waits?.then && { then: waits.then }),
  };
}

/** Of a Shoot that is no runtime of the fleet, such as one without a runtime ID. */
async function leftOutIn(
  api: Context['api'],
  base: string,
  of: Pick<Reason, 'orchestrationID' | 'upgrade'>,
  shoot: string,
): Promise<Reason | undefined> {
  // The whole name goes before those of which it is a part.
  const { items } = await api.list(`${base}/excluded`, excludedSchema, {
    query: { search: shoot },
    limit: 10,
  });
  const one = items.find(({ shootName }) => shootName === shoot);
  if (!one) return undefined;
  return { ...of, operationID: null, state: 'left-out', code: one.reason, until: null, message: one.message };
}

const previewSchema = z.looseObject({
  description: z.string(),
  windows: z.array(z.looseObject({ begin: z.string(), end: z.string() })),
});

/** Nothing waits, so the next window is what is left to say; without workers or inventory it is left out. */
async function tellOfWindow({ api, say }: Context, { runtimeID }: Runtime): Promise<void> {
  try {
    const sent = { method: 'POST', json: { runtimeID } } as const;
    const { description, windows } = await api.ask('/maintenance-policy/preview', previewSchema, sent);
    const next = windows[0];
    say(
      next
        ? `Its next window: ${time(next.begin)} to ${time(next.end)}. ${description}.`
        : `It has no window. ${description}.`,
    );
  } catch (error) {
    if (!(error instanceof CommandError) || error.ending === 'interrupted') throw error;
    say(`Its next window can't be told: ${error.message}`);
  }
}
