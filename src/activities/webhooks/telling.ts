/** Writes down what webhooks are to be told. */
import { log } from '@temporalio/activity';
import { comparePositions } from '../../domain/event-stream/position.ts';
import { toAll, wantsType, type WebhookWants } from '../../domain/webhooks/event-types.ts';
import {
  eventsOf,
  HOURS_BEFORE,
  orchestrationsWithWaves,
  stalledEvent,
  upcomingEvent,
  type UpcomingWindow,
} from '../../domain/webhooks/logged-events.ts';
import { nowOf, type ActivityDependencies } from '../activity-dependencies.ts';

type Deps = Pick<ActivityDependencies, 'repositories' | 'webhooks' | 'clock'>;

/** Changes that are read at once. */
const PAGE_SIZE = 500;
const HOUR_MS = 3_600_000;
/** Clocks of two processes differ by less. */
const SKEW_MS = 300_000;
/** Rows of another cluster that are put first at once. */
const ADOPTED_AT_ONCE = 1_000;

/** Before the first look: a database that came from another cluster has rows, and a place, whose numbers mean nothing here. */
export async function adoptRows({ repositories }: Deps): Promise<void> {
  let count = 0;
  for (let more = ADOPTED_AT_ONCE; more > 0; count += more)
    more = await repositories.changes.adopt(ADOPTED_AT_ONCE);
  if (count > 0) log.info('Events of another database cluster were put first', { count });
}

/** Reads the logs on by one page, for the webhooks that are enabled. True when there may be more to read. */
export async function readOn(deps: Deps): Promise<boolean> {
  const { repositories } = deps;
  const from = await repositories.webhooks.position();
  if (!from) return false;
  const { isKnown, changes } = await repositories.changes.read(from, PAGE_SIZE);
  if (!isKnown) {
    log.warn(
      'The last event that was read for webhooks is gone from the database: they are told of new ones',
    );
    await repositories.webhooks.restart(from);
    return false;
  }
  const to = changes.at(-1)?.position;
  if (!to || comparePositions(from, to) >= 0) return false;
  const names = await repositories.webhooks.waveNames(orchestrationsWithWaves(changes));
  // Asked for after the changes: one that was enabled before something was logged is told of it.
  const deliveries = toAll(await repositories.webhooks.enabled(), eventsOf(changes, names));
  // Refused, another one was first; or the place has moved because a webhook was enabled while none was.
  await repositories.webhooks.advance(from, to, deliveries, nowOf(deps));
  return changes.length === PAGE_SIZE;
}

/**
 * Tells of windows that open within some hours, each once for each number of hours. `lookedAtMs` is the time of the look before this one by the
 * same process, which spares writing again what it has told. Ends between two pages when the process is to end: what is left is told by the next one.
 */
export async function tellUpcoming(
  deps: Deps,
  webhooks: readonly WebhookWants[],
  { lookedAtMs, signal }: { lookedAtMs?: number; signal: AbortSignal },
): Promise<void> {
  if (!webhooks.some((webhook) => wantsType(webhook, 'window.upcoming'))) return;
  const nowMs = deps.clock();
  for (const [position, hours] of HOURS_BEFORE.entries()) {
    const untilMs = hours * HOUR_MS;
    // Of a window that opens within an hour nobody needs to hear that it does so within 72.
    const afterMs = (HOURS_BEFORE[position + 1] ?? 0) * HOUR_MS;
    const range = { after: rfc3339(nowMs + afterMs), until: rfc3339(nowMs + untilMs) };
    const unless = lookedAtMs === undefined ? undefined : toldBy(lookedAtMs, untilMs);
    for (let last: UpcomingWindow | undefined, isMore = true; isMore && !signal.aborted;) {
      const found = await deps.repositories.webhooks.upcoming({
        ...range,
        ...(unless && { unless }),
        ...(last && { last }),
        limit: PAGE_SIZE,
      });
      const events = found.map((window) => upcomingEvent(window, hours, rfc3339(nowMs)));
      await deps.repositories.webhooks.tellAll(toAll(webhooks, events), rfc3339(nowMs));
      last = found.at(-1);
      isMore = found.length === PAGE_SIZE;
    }
  }
}

/** Rows are written by other processes, with clocks of their own. */
function toldBy(lookedAtMs: number, untilMs: number): { toldUntil: string; toldAt: string } {
  return { toldUntil: rfc3339(lookedAtMs + untilMs), toldAt: rfc3339(lookedAtMs - SKEW_MS) };
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

/** Tells of orchestrations that stand still, each standstill once. */
export async function tellStandstills(deps: Deps, webhooks: readonly WebhookWants[]): Promise<void> {
  const before = new Date(deps.clock() - deps.webhooks.stalledMs).toISOString();
  const found = await deps.repositories.webhooks.standstills(before);
  const now = nowOf(deps);
  const events = found.map((standstill) => stalledEvent(standstill, now));
  await deps.repositories.webhooks.tellAll(toAll(webhooks, events), now);
}
