/**
 * Why an instance does not get ready, as its pod, its claims and the events about them tell it. A StatefulSet itself says
 * nothing: it counts pods.
 */
import { FinalError, UnavailableError } from '../../../../domain/errors.ts';
import { quoted } from '../../../../clients/redaction.ts';
import type { Cluster } from './cluster.ts';
import type { Found } from './collection.ts';
import { disksIn } from './instance-manifest.ts';
import { clusterName, INSTANCE_LABEL } from './names.ts';
import type { ClusterEvent, Pod, StatefulSet } from './plain.ts';

/** Undefined when nothing is wrong as far as can be seen: it is on its way. */
export type PendingReason = (found: Found<StatefulSet>, signal: AbortSignal) => Promise<string | undefined>;

/** Warnings about one object come in the order of their names: the latest must be among those that are read. */
const MOST_WARNINGS = 500;

/** Of a container that is about to run, nothing is known but that. */
const ON_ITS_WAY: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);

type Reading = Pick<Cluster, 'pods' | 'events' | 'claims'>;

/** Looks up to four times: at the pod, at the events of it or of the StatefulSet, and at a claim and its events. */
export function createPendingReason(cluster: Reading): PendingReason {
  return async (found, signal) => {
    try {
      return await reasonOf(cluster, found, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isUnreadable(error)) throw error;
      // It is on its way all the same: that nobody may read its pods is no reason to take it for failed.
      return `why it is not ready can't be told: ${error.message}`;
    }
  };
}

async function reasonOf(
  { pods, events, claims }: Reading,
  found: Found<StatefulSet>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const warningsOf = async (uid: string | undefined): Promise<string | undefined> =>
    uid === undefined
      ? undefined
      : lastWarning(
          await events(
            { fieldSelector: `involvedObject.uid=${uid},type=Warning`, limit: MOST_WARNINGS },
            signal,
          ),
        );

  const all = await pods({ labelSelector: `${INSTANCE_LABEL}=${found.name}` }, signal);
  const pod = all.find(({ metadata }) => metadata?.deletionTimestamp === undefined);
  if (!pod) return all.length > 0 ? undefined : prefixed('it has no pod: ', await warningsOf(found.uid));
  const seen = podReason(pod);
  try {
    const unbound = isUnscheduled(pod) ? await unboundClaim(claims, warningsOf, found, signal) : undefined;
    return unbound ?? seen ?? prefixed('', await warningsOf(pod.metadata?.uid));
  } catch (error) {
    // Events that may not be read hide nothing that the pod says itself.
    if (seen === undefined || signal.aborted || !isUnreadable(error)) throw error;
    return seen;
  }
}

function isUnreadable(error: unknown): error is UnavailableError | FinalError {
  return error instanceof UnavailableError || error instanceof FinalError;
}

/** The first of its volumes that has no storage yet, and why. */
async function unboundClaim(
  claims: Cluster['claims'],
  warningsOf: (uid: string) => Promise<string | undefined>,
  found: Found<StatefulSet>,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const { volume } of disksIn(found.annotations)) {
    const claim = await claims.find(clusterName('storage/volume', volume), signal);
    if (!claim) return `its volume ${volume} does not exist any more`;
    if (claim.body.status?.phase !== 'Pending') continue;
    const warning = await warningsOf(claim.uid);
    if (warning !== undefined) return `its volume ${volume} has no storage: ${warning}`;
  }
  return undefined;
}

function isUnscheduled({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
}

/** The fault of a pod by its own status; undefined when that says nothing. */
export function podReason({ status }: Pod): string | undefined {
  const unscheduled = (status?.conditions ?? []).find(
    ({ type, status: is }) => type === 'PodScheduled' && is === 'False',
  );
  if (unscheduled) return prefixed('no node takes it: ', unscheduled.message ?? unscheduled.reason);
  for (const { image, state, lastState } of status?.containerStatuses ?? []) {
    const { reason, message } = state?.waiting ?? {};
    if (reason === undefined || ON_ITS_WAY.has(reason)) continue;
    const ended = lastState?.terminated;
    const how = ended ? `it ended with exit code ${ended.exitCode}` : message;
    return prefixed(`image ${image}: ${reason}`, how === undefined ? '' : `: ${how}`);
  }
  if (status?.phase === 'Failed')
    return prefixed('its pod failed', `: ${status.message ?? status.reason ?? ''}`);
  return undefined;
}

/** The message of the latest warning. */
export function lastWarning(events: readonly ClusterEvent[]): string | undefined {
  const at = ({ lastTimestamp, eventTime, metadata }: ClusterEvent): number =>
    new Date(lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? 0).getTime();
  const warnings = events.filter(({ type }) => type === 'Warning').sort((a, b) => at(b) - at(a));
  return warnings[0]?.message;
}

function prefixed(prefix: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : quoted(`${prefix}${text}`);
}
