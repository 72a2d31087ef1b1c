/** Commands that change how an orchestration goes on. */
import { z } from 'zod';
import { controlledSchema, orchestrationSchema, retrySchema } from '../answer-shapes.ts';
import { command, ID, REASON, YES, type Command } from '../command.ts';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { confirm } from '../confirm.ts';
import { findOperation, findOrchestrationID, short } from '../ids.ts';
import { finishing, inFlightText, pauseText } from '../listings.ts';
import type { Description } from '../output.ts';
import { counted, time } from '../terminal-texts.ts';

type Controlled = z.infer<typeof controlledSchema>;
type Retried = z.infer<typeof retrySchema>;

export const controlledDescription: Description<Controlled> = {
  name: ({ orchestrationID }) => orchestrationID,
  fields: ({ orchestrationID, paused, pauses, workers }) => [
    ['ID', orchestrationID],
    ['Paused', paused ? (pauses[0] ? pauseText(pauses[0]) : 'yes') : 'no'],
    ['Workers', String(workers)],
  ],
};

async function send(context: Context, method: 'PUT' | 'POST', path: string, body: object): Promise<void> {
  const answer = await context.api.ask(path, controlledSchema, { method, json: body });
  context.showOne(answer, controlledDescription);
}

const pause = command({
  words: 'pause <id>',
  about: 'Begin nothing more of it; what was sent finishes',
  positionals: ID,
  options: REASON,
  run: async (context, { id, reason }) => {
    const orchestrationID = await findOrchestrationID(context.api, id);
    await send(context, 'PUT', `/orchestrations/${orchestrationID}/pause`, { reason });
    context.say(`\`drydock resume ${short(orchestrationID)}\` lets it go on.`);
    return undefined;
  },
});

const resume = command({
  words: 'resume <id>',
  about: 'Let a paused one go on',
  positionals: ID,
  options: {
    ...REASON,
    acknowledge: {
      type: 'boolean',
      default: false,
      describe: 'Forgive the failures so far; needed when its failure budget has paused it',
    },
  },
  run: async (context, { id, reason, acknowledge }) => {
    const orchestrationID = await findOrchestrationID(context.api, id);
    const body = { reason, ...(acknowledge ? { acknowledge } : {}) };
    await send(context, 'PUT', `/orchestrations/${orchestrationID}/resume`, body);
    return undefined;
  },
});

const scale = command({
  words: 'scale <id> <workers>',
  about: 'Change how many upgrades run at once',
  positionals: {
    ...ID,
    workers: { type: 'number', demandOption: true, describe: '1 to 1,000' },
  },
  options: REASON,
  run: async (context, { id, workers, reason }) => {
    const orchestrationID = await findOrchestrationID(context.api, id);
    await send(context, 'PUT', `/orchestrations/${orchestrationID}/workers`, { workers, reason });
    return undefined;
  },
});

const canceledSchema = z.looseObject({ orchestrationID: z.string() });

const cancel = command({
  words: 'cancel <id>',
  about: 'Stop it for good: what was sent finishes, the rest never begins',
  positionals: ID,
  options: { ...YES, ...REASON },
  run: async (context, { id, yes, reason }) => {
    const { api } = context;
    const orchestrationID = await findOrchestrationID(api, id);
    if (!yes) {
      const path = `/orchestrations/${orchestrationID}`;
      const { progress } = await api.ask(path, orchestrationSchema);
      const inFlight = inFlightText(progress, time);
      const finish = finishing(progress);
      const left = progress.total === null ? 'the rest' : String(progress.total - progress.done - finish);
      await confirm(
        context,
        `${counted(finish, 'upgrade')} will finish${inFlight && ` (${inFlight})`}, ${left} will never begin. Cancel it?`,
      );
    }
    // Asked for once more after an answer that was lost, it changes nothing.
    const answer = await api.ask(`/orchestrations/${orchestrationID}/cancel`, canceledSchema, {
      method: 'PUT',
      json: { reason },
    });
    context.showOne(answer, {
      name: (one) => one.orchestrationID,
      fields: (one) => [['ID', one.orchestrationID]],
    });
    context.say(`It is being canceled; \`drydock watch ${short(orchestrationID)}\` waits for its end.`);
    return undefined;
  },
});

const retry = command({
  words: 'retry <id>',
  about: 'Try again what has failed',
  positionals: ID,
  options: {
    operation: {
      type: 'string',
      array: true,
      describe: 'Only this one, by the beginning of its ID or by its Shoot; may be repeated',
    },
    cause: { type: 'string', describe: 'Only what has failed for this cause' },
    ...REASON,
  },
  run: async (context, { id, operation, cause, reason }) => {
    const { api } = context;
    const orchestrationID = await findOrchestrationID(api, id);
    const chosen = await Promise.all(
      (operation ?? []).map((each) => findOperation(api, orchestrationID, each)),
    );
    const ids = chosen.map(({ operationID }) => operationID);
    if (cause !== undefined) ids.push(...(await operationsOfCause(context, orchestrationID, cause)));
    context.showOne(await retryAll(context, orchestrationID, { ids, reason }), {
      name: (one) => one.orchestrationID,
      fields: (one) => [
        ['ID', one.orchestrationID],
        ['Retried', String(one.retryOperations?.length ?? 0)],
        ['What', one.msg],
      ],
    });
    return undefined;
  },
});

/** In one request. The service takes a body of 1 MiB, which is about 20,900 IDs. */
const RETRIED_AT_ONCE = 10_000;

/** Without IDs all that have failed, by the one request that says so. */
async function retryAll(
  { api }: Context,
  id: string,
  { ids, reason }: { ids: readonly string[]; reason: string | undefined },
): Promise<Retried> {
  const answers: Retried[] = [];
  for (let from = 0; from === 0 || from < ids.length; from += RETRIED_AT_ONCE) {
    const part = ids.slice(from, from + RETRIED_AT_ONCE);
    const form = new URLSearchParams(part.map((each): [string, string] => ['operation-id', each]));
    if (reason !== undefined) form.set('reason', reason);
    answers.push(await api.ask(`/orchestrations/${id}/retry`, retrySchema, { method: 'POST', form }));
  }
  const joined = (name: 'retryOperations' | 'oldOperations' | 'invalidOperations'): string[] | null => {
    const all = answers.flatMap(({ [name]: some }) => some ?? []);
    return all.length === 0 ? null : all;
  };
  return {
    ...answers[0],
    orchestrationID: id,
    retryOperations: joined('retryOperations'),
    oldOperations: joined('oldOperations'),
    invalidOperations: joined('invalidOperations'),
    msg: answers.map(({ msg }) => msg).join('; '),
  };
}

const operationID = z.object({ operationID: z.string() });

async function operationsOfCause({ api }: Context, id: string, cause: string): Promise<string[]> {
  const { items } = await api.list(`/orchestrations/${id}/operations`, operationID, { query: { cause } });
  // Without any, the request would mean all that have failed.
  if (items.length > 0) return items.map((one) => one.operationID);
  throw new CommandError('refused', `Nothing has failed for the cause ${cause}.`, {
    next: `\`drydock failures ${short(id)}\` shows the causes.`,
  });
}

const skip = command({
  words: 'skip <id>',
  about: 'Leave out an operation that waits, or all that waits of a wave',
  positionals: ID,
  options: {
    operation: { type: 'string', describe: 'Its ID or the beginning of it, or its Shoot', conflicts: 'wave' },
    wave: { type: 'string', describe: 'Name of the wave' },
    ...REASON,
  },
  run: async (context, { id, operation, wave, reason }) => {
    const { api } = context;
    if (operation === undefined && wave === undefined)
      throw new CommandError('usage', 'Say what to skip: --operation or --wave.');
    const orchestrationID = await findOrchestrationID(api, id);
    const place =
      operation === undefined
        ? `waves/${encodeURIComponent(wave ?? '')}`
        : `operations/${(await findOperation(api, orchestrationID, operation)).operationID}`;
    await send(context, 'PUT', `/orchestrations/${orchestrationID}/${place}/skip`, { reason });
    return undefined;
  },
});

function answerOf(decision: 'approve' | 'reject', about: string): Command {
  return command({
    words: `${decision} <id>`,
    about,
    positionals: ID,
    options: {
      ...REASON,
      question: { type: 'number', describe: 'Number of the question that is meant; the one that stands' },
    },
    run: async (context, { id, reason, question }) => {
      const orchestrationID = await findOrchestrationID(context.api, id);
      const number = question ?? (await standingQuestion(context, orchestrationID));
      const path = `/orchestrations/${orchestrationID}/approvals/${number}`;
      await send(context, 'POST', path, { decision, reason });
      return undefined;
    },
  });
}

/** Read right before the answer: another question that comes in between is not answered. */
async function standingQuestion({ api }: Context, id: string): Promise<number> {
  const { waves = [], waitingFor } = await api.ask(`/orchestrations/${id}`, orchestrationSchema);
  const question = waves.flatMap((wave) => (wave.question?.stands ? [wave.question] : []))[0];
  if (question) return question.number;
  throw new CommandError('refused', 'No question stands in this orchestration.', {
    next: waitingFor?.message ?? `\`drydock show ${short(id)}\` says how it stands.`,
  });
}

export const CONTROL: readonly Command[] = [
  pause,
  resume,
  cancel,
  retry,
  answerOf('approve', 'Say yes to the next wave'),
  answerOf('reject', 'Say no to the next wave, which cancels the orchestration'),
  skip,
  scale,
];
