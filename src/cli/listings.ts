/** How lists and single things of upgrades look. */
import type { Event, Operation, Orchestration, Runtime, Wave } from './answer-shapes.ts';
import { shortened } from './ids.ts';
import type { Column, Description, Field, Listing, Place } from './output.ts';
import { counted, time } from './terminal-texts.ts';

export const orchestrationListing: Listing<Orchestration> = {
  name: ({ orchestrationID }) => orchestrationID,
  columns: [
    { header: 'ID', of: ({ orchestrationID }, { isTerminal }) => shortened(orchestrationID, isTerminal) },
    { header: 'TYPE', of: ({ type }) => kindOf(type) },
    { header: 'VERSION', of: versionOf, isWide: true },
    { header: 'STATE', of: stateOf, isState: true },
    { header: 'DONE', of: ({ progress }) => doneOf(progress) },
    { header: 'FAILED', of: ({ progress }) => String(progress.failed) },
    { header: 'IN FLIGHT', of: ({ progress }) => String(progress.inFlight), isWide: true },
    { header: 'WORKERS', of: ({ workers }) => String(workers), isWide: true },
    { header: 'CREATED', of: ({ createdAt }) => time(createdAt) },
    { header: 'BY', of: ({ createdBy }) => createdBy ?? '', isWide: true },
    { header: 'UPDATED', of: ({ updatedAt }) => time(updatedAt), isWide: true },
    {
      header: 'WHAT',
      of: ({ waitingFor, description }) => waitText(waitingFor) ?? description,
    },
  ],
};

/** With all that comes after it; undefined for nothing. */
export function waitText(
  wait: { message: string; then?: readonly { message: string }[] } | null | undefined,
): string | undefined {
  return wait ? [wait, ...(wait.then ?? [])].map(({ message }) => message).join('; then: ') : undefined;
}

function thenOf(wait: Operation['waitingFor']): Field[] {
  return (wait?.then ?? []).map(({ message }): Field => ['Then', message]);
}

/** `paused` is no state of the service: whoever looks for why nothing begins has to see it at once. */
export function stateOf({ state, paused }: Pick<Orchestration, 'state' | 'paused'>): string {
  return isPaused({ paused, state }) ? 'paused' : state;
}

/** The reasons of a pause stay with what is canceled, and mean nothing any more. */
export function isPaused({ state, paused }: Pick<Orchestration, 'state' | 'paused'>): boolean {
  return paused && ['pending', 'in progress', 'retrying'].includes(state);
}

export function kindOf(type: string): string {
  return type === 'upgradeKyma' ? 'kyma' : type === 'upgradeCluster' ? 'cluster' : type;
}

export function versionOf({ parameters }: Pick<Orchestration, 'parameters'>): string {
  return parameters?.kyma?.version ?? parameters?.kubernetes?.kubernetesVersion ?? '';
}

export function doneOf({ done, total }: Orchestration['progress']): string {
  return `${done}/${total ?? '?'}`;
}

/** Canceled operations count as done; nobody should take them for upgraded. */
function countsText({ progress, operationStats }: Orchestration): string {
  const canceled = operationStats?.['canceled'] ?? 0;
  const parts = [doneOf(progress), `${progress.failed} failed`, `${progress.inFlight} in flight`];
  return (canceled === 0 ? parts : [...parts, `${canceled} canceled`]).join(', ');
}

export const orchestrationDescription: Description<Orchestration> = {
  name: orchestrationListing.name,
  fields: (orchestration) => {
    const { orchestrationID, type, progress, pauses, waitingFor, parameters, waves = [] } = orchestration;
    const { failureBudget, planChanges, description, createdAt, createdBy, reason, updatedAt, workers } =
      orchestration;
    const { canceled } = orchestration;
    const version = versionOf(orchestration);
    return [
      ['ID', orchestrationID],
      ['Upgrade', [kindOf(type), version, parameters?.dryRun ? '(dry run)' : ''].filter(Boolean).join(' ')],
      ['Why', reason ?? undefined],
      ['State', stateOf(orchestration)],
      ['What', description],
      ['Waits for', waitingFor?.message],
      ...thenOf(waitingFor),
      ...(isPaused(orchestration) ? pauses : []).map((pause): Field => ['Paused', pauseText(pause)]),
      ['Canceled', canceled ? `by ${canceled.by} since ${time(canceled.at)}: ${canceled.reason}` : undefined],
      ['Done', countsText(orchestration)],
      ['In flight', inFlightText(progress, time)],
      ['Ends', etaText(progress.eta)],
      ['Workers', String(workers)],
      ['Schedule', parameters?.strategy?.schedule],
      ['Lane', parameters?.strategy?.lane],
      ['Failure budget', failureBudget ? budgetText(failureBudget) : undefined],
      ['Plan changes', planChanges?.description],
      ...waves.map((wave): Field => [`Wave ${wave.name}`, waveText(wave)]),
      ['Created', createdBy ? `${time(createdAt)} by ${createdBy}` : time(createdAt)],
      ['Updated', time(updatedAt)],
    ];
  },
};

/** A retry takes failures back: what paused it may be more than counts now. */
export function budgetText({
  max,
  failed,
  failedAtPause,
}: NonNullable<Orchestration['failureBudget']>): string {
  const isSame = failedAtPause == null || failedAtPause === failed;
  return `${failed} of ${max} that are borne${isSame ? '' : `; ${failedAtPause} had failed when it paused`}`;
}

export function pauseText({ code, by, reason, since }: Orchestration['pauses'][number]): string {
  const who = by ? `by ${by}` : `by ${code}`;
  return `${who} since ${time(since)}${reason ? `: ${reason}` : ''}`;
}

/** How many in progress come to their end whatever is wanted of their orchestration. */
export function finishing({
  inFlight,
  unsent,
}: Pick<Orchestration['progress'], 'inFlight' | 'unsent'>): number {
  return Math.max(0, inFlight - unsent);
}

/** Since when something that was sent is in flight, and by when it should have ended while nothing more begins; an empty text where nothing is. `at` writes an instant. */
export function inFlightText(
  { inFlightSince, drained, ...progress }: Orchestration['progress'],
  at: (instant: string) => string,
): string {
  const count = finishing(progress);
  if (count === 0 || !inFlightSince) return '';
  const since = `${count}, ${count === 1 ? '' : 'the longest '}since ${at(inFlightSince)}`;
  if (!drained) return since;
  const { overdue, latest } = drained;
  const longer = overdue === 0 ? '' : `; ${overdue} longer than usual`;
  if (overdue >= count) return `${since}${longer}`;
  const those = overdue === 0 ? '' : count - overdue === 1 ? 'the other ' : 'the others ';
  return `${since}${longer}; ${those}should have ended by ${at(latest)}`;
}

export function etaText(eta: Orchestration['progress']['eta']): string {
  if (!eta?.earliest) return '';
  const earliest = time(eta.earliest);
  const latest = time(eta.latest);
  return latest === '' || latest === earliest ? `about ${earliest}` : `${earliest} to ${latest}`;
}

function waveText(wave: Wave): string {
  const { phase, succeeded, failed, canceled, size, question, soakUntil, failureBudget } = wave;
  const rest = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(failureBudget && failed > 0 ? [budgetText(failureBudget)] : []),
    ...(canceled > 0 ? [`${canceled} canceled`] : []),
    ...(phase === 'soaking' && soakUntil ? [`until ${time(soakUntil)}`] : []),
    ...(question?.stands ? [`question ${question.number} stands`] : []),
  ];
  return [`${phase} ${succeeded + failed + canceled}/${size}`, ...rest].join(', ');
}

export const operationListing: Listing<Operation> = {
  name: ({ operationID }) => operationID,
  columns: [
    { header: 'ID', of: ({ operationID }, { isTerminal }) => shortened(operationID, isTerminal) },
    { header: 'SHOOT', of: ({ shootName }) => shootName },
    { header: 'PLAN', of: ({ servicePlanName }) => servicePlanName },
    { header: 'REGION', of: ({ region }) => region ?? '' },
    { header: 'STATE', of: ({ state }) => state, isState: true },
    { header: 'TRIES', of: ({ attempts }) => String(attempts) },
    { header: 'STARTED', of: ({ startedAt }) => time(startedAt), isWide: true },
    { header: 'FINISHED', of: ({ finishedAt }) => time(finishedAt), isWide: true },
    { header: 'RUNTIME', of: ({ runtimeID }) => runtimeID, isWide: true },
    { header: 'ACCOUNT', of: ({ globalAccountID }) => globalAccountID, isWide: true },
    { header: 'WHAT', of: ({ waitingFor, description }) => waitText(waitingFor) ?? description },
  ],
};

export const operationDescription: Description<Operation> = {
  name: operationListing.name,
  fields: (operation) => [
    ['ID', operation.operationID],
    ['Shoot', operation.shootName],
    ['Runtime', operation.runtimeID],
    ['Account', operation.globalAccountID],
    ['Plan', operation.servicePlanName],
    ['Region', operation.region],
    ['State', operation.state],
    ['What', operation.description],
    ['Waits for', operation.waitingFor?.message],
    ...thenOf(operation.waitingFor),
    ['Tries', String(operation.attempts)],
    ['Started', time(operation.startedAt)],
    ['Finished', time(operation.finishedAt)],
  ],
};

export const eventListing: Listing<Event> = {
  name: ({ eventID }) => String(eventID),
  columns: [
    { header: 'AT', of: ({ at }) => time(at) },
    { header: 'WHO', of: ({ actor }) => actor },
    { header: 'KIND', of: ({ kind }) => kind },
    {
      header: 'OPERATION',
      of: ({ operationID }, { isTerminal }) => shortened(operationID ?? '', isTerminal),
    },
    { header: 'FROM', of: ({ fromState }) => fromState ?? '' },
    { header: 'TO', of: ({ toState }) => toState ?? '', isState: true },
    { header: 'WHY', of: ({ reason }) => reason ?? '' },
  ],
};

export const runtimeListing: Listing<Runtime> = {
  name: ({ shootName }) => shootName,
  columns: [
    { header: 'SHOOT', of: ({ shootName }) => shootName },
    { header: 'PLAN', of: ({ servicePlanName }) => servicePlanName },
    { header: 'REGION', of: ({ region }) => region },
    { header: 'STATE', of: ({ status }) => status.state, isState: true },
    { header: 'KYMA', of: ({ kymaVersion }) => kymaVersion ?? '' },
    { header: 'CREATED', of: ({ status }) => time(status.createdAt), isWide: true },
    { header: 'MODIFIED', of: ({ status }) => time(status.modifiedAt) },
    { header: 'ACCOUNT', of: ({ globalAccountID }) => globalAccountID, isWide: true },
    { header: 'SUBACCOUNT', of: ({ subAccountID }) => subAccountID, isWide: true },
    { header: 'RUNTIME', of: ({ runtimeID }) => runtimeID },
  ] satisfies Column<Runtime>[],
};

export const runtimeDescription: Description<Runtime> = {
  name: runtimeListing.name,
  fields: (runtime, place) => [
    ['Shoot', runtime.shootName],
    ['Runtime', runtime.runtimeID],
    ['Instance', runtime.instanceID],
    ['Account', runtime.globalAccountID],
    ['Subaccount', runtime.subAccountID],
    ['Plan', runtime.servicePlanName],
    ['Provider', runtime.provider],
    ['Region', runtime.region],
    ['State', runtime.status.state],
    ['Kyma', runtime.kymaVersion],
    ['Created', time(runtime.status.createdAt)],
    ['Modified', time(runtime.status.modifiedAt)],
    ...upgradesOf('Kyma upgrade', runtime.status.upgradingKyma, place),
    ...upgradesOf('Cluster upgrade', runtime.status.upgradingCluster, place),
  ],
};

function upgradesOf(
  label: string,
  operations: Runtime['status']['upgradingKyma'],
  { isTerminal }: Place,
): Field[] {
  const { data = [], totalCount = 0 } = operations ?? {};
  const shown = data.map(({ orchestrationID, state, description, updatedAt }): Field => {
    const of =
      orchestrationID === undefined ? '' : ` (orchestration ${shortened(orchestrationID, isTerminal)})`;
    return [label, `${state} at ${time(updatedAt)}${of}: ${description}`];
  });
  const more = totalCount - data.length;
  return more > 0 ? [...shown, [label, `and ${counted(more, 'earlier one')}`]] : shown;
}
