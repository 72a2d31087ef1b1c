/** Planning and beginning upgrades. */
import { parse, YAMLParseError } from 'yaml';
import { createdSchema, planSchema, type Plan } from '../answer-shapes.ts';
import { command, group, REASON, YES, type Command } from '../command.ts';
import { confirm, mustBeAskable } from '../confirm.ts';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { short } from '../ids.ts';
import type { Description, Field } from '../output.ts';
import { askOnce } from '../sent-once.ts';
import { time } from '../terminal-texts.ts';
import { pause } from '../watch/bell.ts';
import { watchOrchestration } from '../watch/watch-orchestration.ts';
import { TIMEOUT } from './watch.ts';

const PLAN_POLL_MS = 1_000;

const KINDS = ['kyma', 'cluster'] as const;
type Kind = (typeof KINDS)[number];

const REQUEST = {
  file: {
    alias: 'f',
    type: 'string',
    describe: 'The request, as JSON or YAML; - reads it from standard input. Options below are put into it',
  },
  include: {
    type: 'string',
    array: true,
    describe: 'Which runtimes: all, or field=value,… such as planName=azure,region=^eu; may be repeated',
  },
  exclude: { type: 'string', array: true, describe: 'Which stay out, likewise' },
  workers: { type: 'number', describe: 'Upgrades at the same time' },
  window: { type: 'boolean', describe: 'Each runtime in its maintenance window' },
  'kyma-version': { type: 'string', describe: 'Of Kyma; the default of the service' },
  'kubernetes-version': { type: 'string', describe: 'Of Kubernetes; the default of the service' },
  lane: { type: 'string', describe: 'The lane to wait in' },
  'dry-run': { type: 'boolean', describe: 'Do everything but the upgrades' },
} as const;

interface RequestOptions {
  file?: string;
  include?: string[];
  exclude?: string[];
  workers?: number;
  window?: boolean;
  'kyma-version'?: string;
  'kubernetes-version'?: string;
  lane?: string;
  'dry-run'?: boolean;
}

type JSONObject = Record<string, unknown>;

/** The body of the request: what the file has, and what the options say in place of it. */
export function toBody(kind: Kind, file: JSONObject, options: RequestOptions): JSONObject {
  const { include, exclude, workers, window, lane } = options;
  const targets = {
    ...objectIn(file, 'targets'),
    ...(include ? { include: include.map(parseSelector) } : {}),
    ...(exclude ? { exclude: exclude.map(parseSelector) } : {}),
  };
  if (Object.keys(targets).length === 0) {
    throw new CommandError('usage', 'Say which runtimes.', {
      next: 'Give --include all, --include planName=azure or the like, or a request with -f.',
    });
  }
  const strategy = {
    ...objectIn(file, 'strategy'),
    ...(workers === undefined ? {} : { parallel: { workers } }),
    ...(window === undefined ? {} : { schedule: window ? 'maintenanceWindow' : 'immediate' }),
    ...(lane === undefined ? {} : { lane }),
  };
  const kyma = options['kyma-version'];
  const kubernetes = options['kubernetes-version'];
  if (kind === 'kyma' ? kubernetes !== undefined : kyma !== undefined) {
    throw new CommandError(
      'usage',
      `An upgrade of ${kind} takes no --${kind === 'kyma' ? 'kubernetes' : 'kyma'}-version.`,
    );
  }
  return {
    ...file,
    targets,
    ...(Object.keys(strategy).length === 0 ? {} : { strategy }),
    ...(kyma === undefined ? {} : { kyma: { ...objectIn(file, 'kyma'), version: kyma } }),
    ...(kubernetes === undefined
      ? {}
      : { kubernetes: { ...objectIn(file, 'kubernetes'), kubernetesVersion: kubernetes } }),
    ...(options['dry-run'] === undefined ? {} : { dryRun: options['dry-run'] }),
  };
}

function objectIn(body: JSONObject, field: string): JSONObject {
  const value = body[field];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JSONObject) : {};
}

const COMMA = /,(?=[A-Za-z]+=)/;

/** `all`, or `planName=azure,region=^eu`: a comma ends a value only before the next field. */
export function parseSelector(text: string): JSONObject {
  if (text === 'all' || text === 'target=all') return { target: 'all' };
  const pairs = text.split(COMMA).map((pair): [string, string] => {
    const at = pair.indexOf('=');
    if (at < 1) {
      throw new CommandError('usage', `"${pair}" does not select anything: write all, or field=value.`, {
        next: 'Fields are globalAccount, subAccount, region, planName, shoot, instanceID and runtimeID.',
      });
    }
    return [pair.slice(0, at).trim(), pair.slice(at + 1)];
  });
  return Object.fromEntries(pairs);
}

/** JSON is YAML, too. Throws a usage error. */
export async function readDocument({ surroundings }: Context, path: string): Promise<JSONObject> {
  let text: string;
  try {
    text = path === '-' ? await surroundings.stdin.readAll() : await surroundings.readFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError('usage', `${path} can't be read: ${reason}`, { cause: error });
  }
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new CommandError('usage', `${path} is neither JSON nor YAML: ${error.message}`, { cause: error });
  }
  if (typeof document === 'object' && document !== null && !Array.isArray(document))
    return document as JSONObject;
  throw new CommandError('usage', `${path} has no object in it.`);
}

async function bodyOf(context: Context, kind: Kind, options: RequestOptions): Promise<JSONObject> {
  const file = options.file === undefined ? {} : await readDocument(context, options.file);
  return toBody(kind, file, options);
}

async function makePlan(context: Context, kind: Kind, request: JSONObject): Promise<Plan> {
  const { api, surroundings } = context;
  // They belong to the request that follows.
  const { planHash: _hash, onPlanChange: _change, ...body } = request;
  let plan = await api.ask(`/upgrade/${kind}/plan`, planSchema, { method: 'POST', json: body });
  while (plan.state === 'making') {
    await pause(PLAN_POLL_MS, surroundings.interrupted);
    plan = await api.ask(`/plans/${plan.planID}`, planSchema);
  }
  if (plan.state !== 'made') throw new CommandError('failed', `The plan has failed: ${plan.description}`);
  return plan;
}

const planDescription: Description<Plan> = {
  name: ({ planID }) => planID,
  fields: ({ planID, planHash, description, summary }) => [
    ['Plan', planID],
    ['Hash', planHash],
    ['What', description],
    ...(summary
      ? ([
          ['Runtimes', `${summary.operations}, ${summary.notSelected} not selected`],
          ['By plan', countsText(summary.byPlan)],
          ['By region', countsText(summary.byRegion)],
          ...Object.entries(summary.leftOut).map(([reason, count]): Field => [
            'Left out',
            `${count} ${reason}`,
          ]),
          ['Begins', time(summary.projection.begin)],
          ['Ends', time(summary.projection.end)],
          [
            'Without a place',
            summary.projection.unplaced > 0 ? String(summary.projection.unplaced) : undefined,
          ],
        ] satisfies Field[])
      : []),
  ],
};

function countsText({ entries, rest }: { entries: { key: string; count: number }[]; rest: number }): string {
  const others = rest > 0 ? [`others ${rest}`] : [];
  return [...entries.map(({ key, count }) => `${key} ${count}`), ...others].join(', ');
}

function planOf(kind: Kind): Command {
  return command({
    words: kind,
    about: `What an upgrade of ${kind} would do: to whom, when, and who is left out`,
    options: REQUEST,
    examples: [
      [`plan ${kind} --include planName=azure --window`, 'in the windows of all with the plan azure'],
    ],
    run: async (context, options) => {
      const plan = await makePlan(context, kind, await bodyOf(context, kind, options));
      context.showOne(plan, planDescription);
      if (plan.planHash)
        context.say(`The same with \`drydock upgrade ${kind} … --plan-hash ${plan.planHash}\` does it.`);
      return undefined;
    },
  });
}

function upgradeOf(kind: Kind): Command {
  return command({
    words: kind,
    about: `Upgrade ${kind}; shows the plan and asks first, unless --yes is given`,
    options: {
      ...REQUEST,
      'plan-hash': {
        type: 'string',
        describe: 'Of a plan: refused when the request or the rules differ from it',
      },
      ...REASON,
      ...YES,
      watch: { type: 'boolean', default: false, describe: 'Watch it to its end, and end with its result' },
      ...TIMEOUT,
    },
    examples: [
      [`upgrade ${kind} --include all --workers 20 --window --watch`, 'the whole fleet in its windows'],
    ],
    run: async (context, options) => {
      const request = await bodyOf(context, kind, options);
      const { reason } = options;
      const body = reason === undefined ? request : { ...request, reason };
      let planHash = options['plan-hash'];
      if (!options.yes) {
        // A plan of a whole fleet takes a while: nobody waits for it only to be told this.
        mustBeAskable(context);
        const plan = await makePlan(context, kind, body);
        context.say(plan.description);
        await confirm(context, 'Begin?');
        planHash ??= plan.planHash ?? undefined;
      }
      const orchestrationID = await create(
        context,
        kind,
        planHash === undefined ? body : { ...body, planHash },
      );
      context.showOne(
        { orchestrationID },
        { name: (one) => one.orchestrationID, fields: (one) => [['ID', one.orchestrationID]] },
      );
      if (options.watch)
        return await watchOrchestration(context, orchestrationID, { timeoutMs: options.timeout });
      context.say(`\`drydock watch ${short(orchestrationID)}\` watches it.`);
      return undefined;
    },
  });
}

async function create(context: Context, kind: Kind, json: JSONObject): Promise<string> {
  const nextWhenLost = 'It may have begun all the same: `drydock list` shows it.';
  const answer = await askOnce(context, `/upgrade/${kind}`, createdSchema, { json, nextWhenLost });
  return answer.orchestrationID;
}

export const plan = group('plan', 'What an upgrade would do', KINDS.map(planOf));
export const upgrade = group('upgrade', 'Begin an upgrade', KINDS.map(upgradeOf));
