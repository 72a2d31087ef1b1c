/** The present state of what changes are about, read for many changes at once. */
import pLimit, { type LimitFunction } from 'p-limit';
import type { Repositories } from '../../db/repositories/repository-types.ts';
import { eventOf, type LoggedChange } from '../../domain/event-stream/logged-change.ts';
import { detailsOf } from '../routes/upgrades/orchestrations/get-orchestration.ts';
import { toOrchestration } from '../routes/upgrades/orchestrations/orchestration.ts';
import { toWaves } from '../routes/upgrades/orchestrations/wave-answer.ts';
import { withPauseOfAll } from '../routes/upgrades/queue/paused-rows.ts';
import { toQueueControl } from '../routes/upgrades/queue/queue-answer.ts';
import {
  toObjectState,
  toOperationState,
  toStackState,
  toWebhookState,
  type OrchestrationState,
} from './stream-answer.ts';

export type Readable = Pick<
  Repositories,
  'changes' | 'orchestrations' | 'operations' | 'control' | 'queue' | 'policies' | 'events' | 'webhooks'
>;

/** One text for one thing that has a state. */
export function subjectOf(change: LoggedChange): string {
  const event = eventOf(change);
  switch (event) {
    case 'operation':
      return `operation ${change.operationID ?? ''}`;
    case 'orchestration':
      return `orchestration ${change.orchestrationID ?? ''}`;
    case 'wave':
    case 'approval':
      return `waves ${change.orchestrationID ?? ''}`;
    case 'queue':
    case 'policy':
      return event;
    case 'stack':
      return `stack ${change.stack ?? ''}`;
    case 'object':
      return `object ${objectText(change.stack, change.label, change.object)}`;
    case 'webhook':
      return `webhook ${change.webhookID ?? ''}`;
  }
}

/** Labels may have spaces; names have none. */
function objectText(stack: string | null, label: string | null, name: string | null): string {
  return `${stack ?? ''} ${name ?? ''} ${label ?? ''}`;
}

/** Reads of one row each take that many connections of the pool at the most. */
const AT_ONCE = 3;

/** The states as JSON, by subject; what is gone is left out. */
export async function readStates(
  repositories: Readable,
  changes: readonly LoggedChange[],
): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  const inTurn = pLimit(AT_ONCE);
  const put = (subject: string, state: object): void => void states.set(subject, JSON.stringify(state));
  const of = (...events: string[]): LoggedChange[] => changes.filter((one) => events.includes(eventOf(one)));
  await Promise.all([
    putOperations(
      repositories,
      unique(of('operation'), ({ operationID }) => operationID),
      put,
    ),
    putOrchestrations(
      repositories,
      inTurn,
      unique(of('orchestration'), ({ orchestrationID }) => orchestrationID),
      put,
    ),
    ...unique(of('wave', 'approval'), ({ orchestrationID }) => orchestrationID).map(async (id) =>
      put(`waves ${id}`, toWaves(await inTurn(() => repositories.control.waves(id)))),
    ),
    ...of('queue')
      .slice(0, 1)
      .map(async () => put('queue', toQueueControl(await repositories.queue.latest()))),
    ...of('policy')
      .slice(0, 1)
      .map(async () => {
        const [latest] = (await repositories.policies.list({ page: 1, pageSize: 1 })).rows;
        put('policy', { version: latest?.version ?? 0 });
      }),
    putStacks(repositories, of('stack'), put),
    putObjects(repositories, of('object'), put),
    ...of('webhook')
      .slice(0, 1)
      .map(async () => {
        for (const row of await repositories.webhooks.list()) put(`webhook ${row.id}`, toWebhookState(row));
      }),
  ]);
  return states;
}

type Put = (subject: string, state: object) => void;

function unique(changes: readonly LoggedChange[], idOf: (change: LoggedChange) => string | null): string[] {
  return [...new Set(changes.map(idOf).filter((id) => id !== null))];
}

async function putOperations({ changes }: Readable, ids: string[], put: Put): Promise<void> {
  if (ids.length === 0) return;
  for (const row of await changes.operations(ids)) put(`operation ${row.id}`, toOperationState(row));
}

async function putOrchestrations(
  repositories: Readable,
  inTurn: LimitFunction,
  ids: string[],
  put: Put,
): Promise<void> {
  if (ids.length === 0) return;
  const found = await Promise.all(ids.map((id) => inTurn(() => repositories.orchestrations.find(id))));
  const rows = await withPauseOfAll(
    { repositories },
    found.filter((row) => row !== undefined),
  );
  for (const row of rows) {
    const { stats, waves, failureBudget, canceled } = await detailsOf({ repositories }, row);
    const {
      waitingFor: _w,
      parameters: _p,
      planChanges: _c,
      progress: { unsent: _u, inFlightSince: _s, drained: _d, ...progress },
      ...answer
    } = toOrchestration(row, stats.get(row.id), undefined, undefined);
    put(`orchestration ${row.id}`, {
      ...answer,
      progress,
      failureBudget,
      waves,
      canceled,
    } satisfies OrchestrationState);
  }
}

async function putStacks({ changes }: Readable, about: readonly LoggedChange[], put: Put): Promise<void> {
  const names = unique(about, ({ stack }) => stack);
  if (names.length === 0) return;
  for (const row of await changes.stacks(names)) put(`stack ${row.name}`, toStackState(row));
}

async function putObjects({ changes }: Readable, about: readonly LoggedChange[], put: Put): Promise<void> {
  const keys = new Map(
    about.map(({ stack, label, object }) => [
      objectText(stack, label, object),
      { stack: stack ?? '', label: label ?? '', name: object ?? '' },
    ]),
  );
  if (keys.size === 0) return;
  for (const row of await changes.objects([...keys.values()])) {
    put(`object ${objectText(row.stack, row.label, row.name)}`, toObjectState(row));
  }
}
