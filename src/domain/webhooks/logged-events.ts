/** The way from what the logs have kept to the events that webhooks are told of. */
import { v5 as uuidV5 } from 'uuid';
import { DRYDOCK } from '../actors.ts';
import type { LoggedChange } from '../event-stream/logged-change.ts';
import { eventIDOf } from '../event-stream/position.ts';
import { cutText } from '../texts.ts';
import { isExceededReason } from '../upgrades/failure-budget.ts';
import { isFinalOrchestrationState, ORCHESTRATION_STATES } from '../upgrades/states.ts';
import { NOBODY_ANSWERED } from '../upgrades/wave-phases.ts';
import type { WebhookEvent, WebhookEventType } from './event-types.ts';

/** IDs of events are made of it and of what they tell. */
const EVENT_NAMESPACE = '8f2c7d2e-3f0a-4a52-b7a1-6c1d0c5e9b34';
/** Operations that are named of those that are told together. */
export const MOST_NAMED = 10;
const LONGEST_REASON = 300;

/** The names of waves by orchestration and number. */
export type WaveNames = ReadonlyMap<string, ReadonlyMap<number, string>>;

/** The orchestrations of which names of waves are needed. */
export function orchestrationsWithWaves(changes: readonly LoggedChange[]): string[] {
  const ids = changes.flatMap(({ kind, orchestrationID }) =>
    ['planned', 'wave', 'approved', 'rejected'].includes(kind) && orchestrationID !== null
      ? [orchestrationID]
      : [],
  );
  return [...new Set(ids)];
}

/** The events that follow from changes, in their order. Operations of one orchestration that have failed are one event, at the place of the first one. */
export function eventsOf(changes: readonly LoggedChange[], names: WaveNames): WebhookEvent[] {
  const failures = failuresOf(changes);
  return changes.flatMap((change) => {
    if (change.operationID !== null) {
      const together = failures.get(change.orchestrationID ?? '') ?? [];
      return together[0] === change ? [failedTogether(together)] : [];
    }
    return eventsOfChange(change, names);
  });
}

function eventsOfChange(change: LoggedChange, names: WaveNames): WebhookEvent[] {
  switch (change.position.source) {
    case 'upgrades':
      return eventsOfOrchestration(change, names);
    case 'stacks':
      return eventsOfStack(change);
    case 'queue':
      return [told(change, change.kind === 'paused' ? 'queue.paused' : 'queue.resumed', { link: '/queue' })];
    case 'policy':
      return [told(change, 'policy.changed', { version: change.position.id, link: '/policy' })];
    // Readers of one webhook see all; the others are told of one that is disabled by those who disable it.
    case 'webhooks':
      return [];
  }
}

function eventsOfOrchestration(change: LoggedChange, names: WaveNames): WebhookEvent[] {
  const about = aboutOrchestration(change);
  switch (change.kind) {
    case 'created':
      return [told(change, 'orchestration.created', about)];
    case 'state':
      return eventsOfState(change, about);
    case 'planned':
      return waveStarted(change, names, 0);
    case 'paused':
      return [told(change, 'orchestration.paused', about), ...eventsOfPause(change, about)];
    case 'resumed':
      return [told(change, 'orchestration.resumed', about)];
    case 'approved':
    case 'rejected': {
      const wave = nameOf(change, names, change.wave);
      return [told(change, 'approval.decided', { ...about, wave, answer: change.kind })];
    }
    case 'wave':
      return eventsOfWave(change, names, about);
    default:
      return [];
  }
}

function eventsOfState(change: LoggedChange, about: Record<string, unknown>): WebhookEvent[] {
  const state = ORCHESTRATION_STATES.find((each) => each === change.toState);
  if (state === undefined) return [];
  const withState = { ...about, state };
  if (state === 'in progress') return [told(change, 'orchestration.started', withState)];
  if (isFinalOrchestrationState(state)) return [told(change, 'orchestration.ended', withState)];
  // A budget that cancels, in place of pausing.
  return state === 'canceling' ? eventsOfPause(change, withState) : [];
}

/** The log says why by words alone, which have one source. */
function eventsOfPause(change: LoggedChange, about: Record<string, unknown>): WebhookEvent[] {
  if (change.actor !== DRYDOCK) return [];
  if (isExceededReason(change.reason)) return [told(change, 'budget.exceeded', about)];
  return change.reason.endsWith(NOBODY_ANSWERED) ? [told(change, 'approval.expired', about)] : [];
}

function eventsOfWave(
  change: LoggedChange,
  names: WaveNames,
  about: Record<string, unknown>,
): WebhookEvent[] {
  const wave = nameOf(change, names, change.wave);
  switch (change.toState) {
    case 'asking':
      return [told(change, 'approval.requested', { ...about, wave })];
    case 'passed': {
      const ended = told(change, 'wave.ended', { ...about, wave });
      return [ended, ...(change.wave === null ? [] : waveStarted(change, names, change.wave + 1))];
    }
    default:
      return [];
  }
}

/** No change of its own: the first one begins with the plan, each other one when the one before has passed. */
function waveStarted(change: LoggedChange, names: WaveNames, number: number): WebhookEvent[] {
  const wave = nameOf(change, names, number);
  return wave === null ? [] : [told(change, 'wave.started', { ...aboutOrchestration(change), wave })];
}

function nameOf({ orchestrationID }: LoggedChange, names: WaveNames, number: number | null): string | null {
  return number === null ? null : (names.get(orchestrationID ?? '')?.get(number) ?? null);
}

function eventsOfStack(change: LoggedChange): WebhookEvent[] {
  const { stack, object, kind, fromState, toState } = change;
  if (kind !== 'status' || object !== null) return [];
  return [
    told(change, 'stack.status', { stack, from: fromState, status: toState, link: `/stacks${stack ?? ''}` }),
  ];
}

function failuresOf(changes: readonly LoggedChange[]): Map<string, LoggedChange[]> {
  const failures = new Map<string, LoggedChange[]>();
  for (const change of changes) {
    const { orchestrationID, operationID, kind, toState } = change;
    if (operationID === null || orchestrationID === null || kind !== 'state' || toState !== 'failed')
      continue;
    failures.set(orchestrationID, [...(failures.get(orchestrationID) ?? []), change]);
  }
  return failures;
}

function failedTogether(changes: readonly LoggedChange[]): WebhookEvent {
  const [first] = changes;
  const last = changes.at(-1);
  if (!first || !last) throw new Error('No operation has failed');
  const operations = changes.slice(0, MOST_NAMED).map(({ operationID, reason }) => ({
    operationID,
    reason: cutText(reason, LONGEST_REASON),
  }));
  const { orchestrationID, link } = aboutOrchestration(first);
  return {
    ...event('operation.failed', eventIDOf(first.position), last.position.at),
    place: last.position.tx,
    data: { orchestrationID, count: changes.length, operations, link },
  };
}

function aboutOrchestration({ orchestrationID }: LoggedChange): { orchestrationID: string; link: string } {
  const id = orchestrationID ?? '';
  return { orchestrationID: id, link: `/orchestrations/${id}` };
}

function told(change: LoggedChange, type: WebhookEventType, data: Record<string, unknown>): WebhookEvent {
  const { position, actor, reason } = change;
  const { link, ...rest } = data;
  return {
    ...event(type, eventIDOf(position), position.at),
    place: position.tx,
    data: { ...rest, by: actor, reason: cutText(reason, LONGEST_REASON), link },
  };
}

function event(type: WebhookEventType, source: string, at: string): Pick<WebhookEvent, 'id' | 'type' | 'at'> {
  return { id: uuidV5(JSON.stringify([type, source]), EVENT_NAMESPACE), type, at };
}

/** An orchestration of which nothing has begun or ended since then, RFC 3339 UTC. */
export interface Standstill {
  orchestrationID: string;
  since: string;
}

/** The same event however often the standstill is seen. */
export function stalledEvent({ orchestrationID, since }: Standstill, now: string): WebhookEvent {
  return {
    ...event('orchestration.stalled', `${orchestrationID} ${since}`, now),
    place: null,
    data: { orchestrationID, since, link: `/orchestrations/${orchestrationID}` },
  };
}

/** Operations of one account that wait for one window. Times are RFC 3339 UTC. */
export interface UpcomingWindow {
  orchestrationID: string;
  globalAccountID: string;
  begin: string;
  end: string;
  count: number;
  /** The first ones of the plan. */
  operations: { operationID: string; runtimeID: string; shootName: string }[];
}

/** Hours before a window at which it is told. */
export const HOURS_BEFORE = [72, 1] as const;

/** The same event however often the window is seen; a window that was moved is another one. */
export function upcomingEvent(window: UpcomingWindow, inHours: number, now: string): WebhookEvent {
  const { orchestrationID, globalAccountID, begin, end } = window;
  return {
    ...event('window.upcoming', JSON.stringify([orchestrationID, globalAccountID, begin, end, inHours]), now),
    place: null,
    data: { ...window, inHours, link: `/orchestrations/${orchestrationID}` },
  };
}

/** A webhook that gets nothing any more. Its URL may hold a secret: it is named by its ID and description. */
interface DisabledWebhook {
  webhookID: string;
  description: string;
  by: string;
  reason: string;
}

export function disabledEvent(disabled: DisabledWebhook, now: string): WebhookEvent {
  return {
    ...event('webhook.disabled', `${disabled.webhookID} ${now}`, now),
    place: null,
    data: { ...disabled },
  };
}

/** `id` is a new one: each test is an event of its own. */
export function testEvent(id: string, webhookID: string, by: string, now: string): WebhookEvent {
  return { id, type: 'webhook.test', at: now, place: null, data: { webhookID, by } };
}
