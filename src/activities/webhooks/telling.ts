/** Writes down what webhooks are to be told. */
import { log } from '@temporalio/activity';
import { comparePositions } from '../../domain/event-stream/position.ts';
import { toAll, type WebhookWants } from '../../domain/webhooks/event-types.ts';
import { eventsOf, orchestrationsWithWaves, stalledEvent } from '../../domain/webhooks/logged-events.ts';
import { nowOf, type ActivityDependencies } from '../activity-dependencies.ts';

type Deps = Pick<ActivityDependencies, 'repositories' | 'webhooks' | 'clock'>;

/** Changes that are read at once. */
const PAGE_SIZE = 500;
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

/** Tells of orchestrations that stand still, each standstill once. */
export async function tellStandstills(deps: Deps, webhooks: readonly WebhookWants[]): Promise<void> {
  const before = new Date(deps.clock() - deps.webhooks.stalledMs).toISOString();
  const found = await deps.repositories.webhooks.standstills(before);
  const now = nowOf(deps);
  const events = found.map((standstill) => stalledEvent(standstill, now));
  await deps.repositories.webhooks.tellAll(toAll(webhooks, events), now);
}
