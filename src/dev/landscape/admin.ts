import { randomUUID } from 'node:crypto';
import { Hono, type Context } from 'hono';
import * as z from 'zod';
import { AdminError, body } from './admin-request.ts';
import { faultSchema, SYSTEMS } from './faults.ts';
import type { FleetMember } from './fleet.ts';
import { changeShoot, shootSchema } from './shoot-admin.ts';
import { shootNow } from './simulated-kubernetes.ts';
import { isObject } from './merge-patch.ts';
import { objectRoutes } from './object-admin.ts';
import { concurrencyOf, type OperationNow } from './simulated-operations.ts';
import type { LandscapeState } from './state.ts';
import type { AcceptedOperation, Json } from './landscape-types.ts';

const windowSchema = z.strictObject({ begin: z.string(), end: z.string() });
const systemSchema = z.enum(SYSTEMS);
const upgradesSchema = z.strictObject({
  upgradeSeconds: z.number().min(0).optional(),
  failureRate: z.number().min(0).max(1).optional(),
  hold: z.boolean().optional(),
});
const behaviourSchema = z.strictObject({
  refuse: z.string().nullish(),
  fail: z.string().nullish(),
  seconds: z.number().min(0).nullish(),
  hold: z.boolean().nullish(),
  errorSeconds: z.number().min(0).nullish(),
  unhealthySeconds: z.number().min(0).nullish(),
  rivals: z.int().min(0).nullish(),
});
const busySchema = z.strictObject({
  operation: z
    .enum(['Upgrade', 'UpgradeShoot', 'Deprovision', 'Hibernate', 'Reconcile'])
    .default('Hibernate'),
  seconds: z.number().positive().optional(),
});
const endSchema = z.strictObject({
  result: z.enum(['Succeeded', 'Failed']).default('Succeeded'),
  message: z.string().default('ended through the admin API'),
});

/** The landscape's own API, mounted at `/_landscape`; what each route does is told in index.ts. */
export function adminApi(state: LandscapeState): Hono {
  const app = new Hono();
  recordRoutes(app, state);
  faultRoutes(app, state);
  runtimeRoutes(app, state);
  operationRoutes(app, state);
  objectRoutes(app, state);
  app.onError((error, c) => {
    if (error instanceof AdminError) return c.json({ error: error.message }, error.status);
    throw error;
  });
  app.all('*', (c) =>
    c.json({ error: `No such route: ${c.req.method} ${c.req.path}. They are listed in index.ts` }, 404),
  );
  return app;
}

function recordRoutes(app: Hono, state: LandscapeState): void {
  const { memory, settings, fleet } = state;
  const requested = (): OperationNow[] => memory.all().filter((operation) => operation.requested);
  app.get('/', (c) => {
    const { seed, fleetSize, namespace, overridesNamespace, kymaVersions } = settings;
    const fixed = { seed, fleetSize, shoots: fleet.shoots, namespace, overridesNamespace, kymaVersions };
    return c.json({ ...fixed, ...state.upgrades, upgrades: requested().length, requests: state.requests });
  });
  app.get('/upgrades', (c) => {
    const runtimeID = c.req.query('runtimeID');
    const wanted = requested().filter(
      (operation) => runtimeID === undefined || operation.runtimeID === runtimeID,
    );
    return c.json(wanted.map(upgradeRecord));
  });
  app.get('/patches', (c) =>
    c.json(memory.sentPatches.map(({ at, ...sent }) => ({ ...sent, at: new Date(at).toISOString() }))),
  );
  app.get('/concurrency', (c) => c.json(concurrencyOf(memory.all())));
  app.get('/requests', (c) => c.json(state.requests));
  app.post('/reset', (c) => {
    memory.reset();
    state.faults.clear();
    Object.assign(state.upgrades, initialUpgrades(state));
    Object.assign(state.requests, NO_REQUESTS);
    return c.json({ reset: true });
  });
}

function faultRoutes(app: Hono, state: LandscapeState): void {
  app.get('/faults', (c) => c.json(state.faults.list()));
  app.put('/faults/:system', async (c) => {
    state.faults.set(systemOf(c), await body(c, faultSchema));
    return c.json(state.faults.list());
  });
  app.delete('/faults', (c) => {
    state.faults.clear();
    return c.json(state.faults.list());
  });
  app.delete('/faults/:system', (c) => {
    state.faults.clear(systemOf(c));
    return c.json(state.faults.list());
  });
  app.put('/upgrades', async (c) => {
    Object.assign(state.upgrades, present(await body(c, upgradesSchema)));
    return c.json(state.upgrades);
  });
  app.post('/expire-continue-tokens', (c) => {
    state.tokenEpoch += 1;
    return c.json({ expired: true });
  });
}

function runtimeRoutes(app: Hono, state: LandscapeState): void {
  const { memory, fleet, settings } = state;
  app.get('/runtimes', (c) => {
    const offset = Number(c.req.query('offset') ?? 0);
    const limit = Number(c.req.query('limit') ?? 100);
    const members: FleetMember[] = [];
    for (let at = offset; at < Math.min(offset + limit, fleet.shoots); at += 1) {
      const member = fleet.byName(fleet.nameAt(at));
      if (member) members.push(member);
    }
    return c.json(members.map((member) => runtimeRecord(state, member)));
  });
  app.put('/runtimes/:runtimeID/behaviour', async (c) => {
    const { runtimeID } = member(state, c);
    const behaviour = { ...memory.behaviour(runtimeID), ...(await body(c, behaviourSchema)) };
    memory.record({ type: 'behaviour', runtimeID, behaviour: present(behaviour) });
    return c.json(memory.behaviour(runtimeID));
  });
  app.put('/runtimes/:runtimeID/window', async (c) => {
    const timeWindow = await body(c, windowSchema);
    const { shootName } = member(state, c);
    memory.record({ type: 'patched', shootName, patch: { spec: { maintenance: { timeWindow } } } });
    return c.json(timeWindow);
  });
  app.put('/runtimes/:runtimeID/shoot', async (c) => {
    const asked = await body(c, shootSchema);
    const found = member(state, c);
    changeShoot(state, found, asked);
    return c.json(shootNow(state, found));
  });
  app.post('/runtimes/:runtimeID/busy', async (c) => {
    const { operation, seconds } = await body(c, busySchema);
    const { runtimeID } = member(state, c);
    const accepted: AcceptedOperation = {
      id: randomUUID(),
      runtimeID,
      operation,
      requested: false,
      config: {},
      tenant: '',
      acceptedAt: settings.now(),
      durationMs: seconds === undefined ? null : Math.round(seconds * 1000),
      result: 'Succeeded',
      reason: '',
    };
    memory.record({ type: 'accepted', operation: accepted });
    return c.json({ operationID: accepted.id }, 201);
  });
}

function operationRoutes(app: Hono, state: LandscapeState): void {
  const { memory, settings } = state;
  const known = (c: Context): OperationNow => {
    const operation = memory.operation(c.req.param('operationID') ?? '');
    if (!operation) throw new AdminError(404, 'No such operation; GET /_landscape/upgrades lists them');
    return operation;
  };
  app.post('/operations/:operationID/end', async (c) => {
    const { result, message } = await body(c, endSchema);
    const { id, state: reached } = known(c);
    if (reached !== 'InProgress') throw new AdminError(409, `The operation has ended already: ${reached}`);
    memory.record({ type: 'ended', id, at: settings.now(), result, reason: message });
    return c.json({ operationID: id, result });
  });
  app.post('/operations/:operationID/forget', (c) => {
    const { id } = known(c);
    memory.record({ type: 'forgotten', id, at: settings.now() });
    return c.json({ operationID: id });
  });
  app.post('/operations/end', async (c) => {
    const { result, message } = await body(c, endSchema);
    const running = memory
      .all()
      .filter(({ state: reached, forgottenAt }) => reached === 'InProgress' && forgottenAt === undefined);
    for (const { id } of running)
      memory.record({ type: 'ended', id, at: settings.now(), result, reason: message });
    return c.json({ ended: running.length });
  });
}

export const NO_REQUESTS: LandscapeState['requests'] = {
  inventory: 0,
  overrides: 0,
  objects: 0,
  provisionerQueries: 0,
  provisionerMutations: 0,
};

/** How upgrades go before anybody changes it. */
export function initialUpgrades({ settings }: Pick<LandscapeState, 'settings'>): LandscapeState['upgrades'] {
  return { upgradeSeconds: settings.upgradeSeconds, failureRate: settings.failureRate, hold: false };
}

function upgradeRecord(operation: OperationNow): { [key: string]: Json } {
  const time = (ms: number | undefined): string | null =>
    ms === undefined ? null : new Date(ms).toISOString();
  return {
    operationID: operation.id,
    runtimeID: operation.runtimeID,
    operation: operation.operation,
    config: operation.config,
    tenant: operation.tenant,
    acceptedAt: time(operation.acceptedAt),
    finishedAt: time(operation.finishedAt),
    forgottenAt: time(operation.forgottenAt),
    result: operation.finishedAt === undefined ? null : operation.state,
    reason: operation.state === 'Failed' ? operation.reason : '',
  };
}

function runtimeRecord(state: LandscapeState, member: FleetMember): { [key: string]: Json } {
  const spec = shootNow(state, member)['spec'];
  const maintenance = isObject(spec) ? spec['maintenance'] : undefined;
  return {
    runtimeID: member.leftOut === 'no runtime ID' ? null : member.runtimeID,
    shootName: member.shootName,
    instanceID: member.instanceID,
    globalAccountID: member.globalAccountID,
    subAccountID: member.subAccountID,
    planName: member.plan.name,
    region: member.region,
    window: (isObject(maintenance) ? maintenance['timeWindow'] : undefined) ?? null,
    leftOut: member.leftOut ?? null,
  };
}

function systemOf(c: Context): z.infer<typeof systemSchema> {
  const system = systemSchema.safeParse(c.req.param('system'));
  if (!system.success) throw new AdminError(404, `No such system; there are: ${SYSTEMS.join(', ')}`);
  return system.data;
}

function member(state: LandscapeState, c: Context): FleetMember {
  const found = state.fleet.byRuntimeID(c.req.param('runtimeID') ?? '');
  if (!found) throw new AdminError(404, 'No such runtime; GET /_landscape/runtimes lists them');
  return found;
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], null> };

/** Without the fields that are null or undefined. */
function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  ) as Present<T>;
}
