import { Hono } from 'hono';
import type { HttpBindings } from '@hono/node-server';
import { answerWithFault, type LandscapeContext, type System } from './faults.ts';
import type { FleetMember } from './fleet.ts';
import { decodeToken, encodeToken, expired, type Continue } from './continue-token.ts';
import { failure, labelsOf, parseListQuery, readObject } from './kubernetes-answers.ts';
import { textAt } from './json-path.ts';
import { isObject, mergePatch } from './merge-patch.ts';
import { CLOUD_PROFILES } from './simulated-cloud-profiles.ts';
import { acceptReconciliation, takePatch, withStatus } from './simulated-gardener.ts';
import { overrideConfigMaps, overrideSecrets } from './simulated-overrides.ts';
import type { LandscapeState } from './state.ts';
import type { Json, JsonObject } from './landscape-types.ts';

const GARDENER = '/apis/core.gardener.cloud/v1beta1/namespaces/:namespace/shoots';
const PROFILES = '/apis/core.gardener.cloud/v1beta1/cloudprofiles';
const CORE = '/api/v1/namespaces/:namespace';

/** Answers the Kubernetes API for Shoots of one Gardener project and for the ConfigMaps and Secrets of one namespace. */
export function kubernetesApi(state: LandscapeState): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const { settings } = state;
  const configMaps = overrideConfigMaps(settings.overridesNamespace, settings.kymaVersions);
  const secrets = overrideSecrets(settings.overridesNamespace);

  const faulty = (system: System & ('inventory' | 'overrides')) =>
    app.use(system === 'inventory' ? '/apis/*' : '/api/*', async (c, next) => {
      state.requests[system] += 1;
      const kind = c.req.method === 'GET' ? 'query' : 'mutation';
      return await answerWithFault(c, next, state.faults.take(system, kind), settings.latencyMs, (status) =>
        failure(
          status,
          status === 429 ? 'TooManyRequests' : 'ServiceUnavailable',
          'injected by the landscape',
        ),
      );
    });
  faulty('inventory');
  faulty('overrides');

  app.get(GARDENER, (c) => listShoots(state, c));
  app.get(`${GARDENER}/:name`, (c) => {
    const member = memberOf(state, c);
    return member ? c.json(shootNow(state, member)) : shootNotFound(c.req.param('name'));
  });
  app.patch(`${GARDENER}/:name`, (c) => patchShoot(state, c));
  app.get(PROFILES, (c) =>
    c.json({
      apiVersion: 'core.gardener.cloud/v1beta1',
      kind: 'CloudProfileList',
      metadata: {},
      items: CLOUD_PROFILES,
    }),
  );
  app.get(`${PROFILES}/:name`, (c) => {
    const name = c.req.param('name');
    const found = CLOUD_PROFILES.find((profile) => textAt(profile, 'metadata', 'name') === name);
    return found ? c.json(found) : notFound('cloudprofiles', name);
  });
  app.get(`${CORE}/configmaps`, (c) => listSmall(state, c, 'ConfigMapList', configMaps));
  app.get(`${CORE}/secrets`, (c) => listSmall(state, c, 'SecretList', secrets));
  app.all('*', () => failure(404, 'NotFound', 'the server could not find the requested resource'));
  return app;
}

/** A Shoot after everything that happened to it: upgrades of the cluster, then patches, and what Gardener tells of them. */
export function shootNow(state: LandscapeState, member: FleetMember): JsonObject {
  const { memory, settings } = state;
  let shoot: Json = state.fleet.manifest(member, settings.namespace);
  for (const operation of memory.operationsOf(member.runtimeID)) {
    if (operation.operation === 'UpgradeShoot' && operation.state === 'Succeeded')
      shoot = upgraded(shoot, operation.config);
  }
  const { version, patches } = memory.patchesOf(member.shootName);
  for (const patch of patches) shoot = mergePatch(shoot, patch);
  if (patches.length > 0) shoot = mergePatch(shoot, { metadata: { resourceVersion: String(version) } });
  if (!isObject(shoot)) return {};
  return withStatus(shoot, memory.reconciliationsOf(member.runtimeID), settings.now());
}

function upgraded(shoot: Json, config: Json): Json {
  const version = isObject(config) ? config['kubernetesVersion'] : undefined;
  return typeof version === 'string' && version !== ''
    ? mergePatch(shoot, { spec: { kubernetes: { version } } })
    : shoot;
}

function memberOf(state: LandscapeState, c: LandscapeContext): FleetMember | undefined {
  if (c.req.param('namespace') !== state.settings.namespace) return undefined;
  return state.fleet.byName(c.req.param('name') ?? '');
}

function listShoots(state: LandscapeState, c: LandscapeContext): Response {
  const query = parseListQuery(c);
  if (query instanceof Response) return query;
  const { memory, fleet, settings } = state;
  const fresh: Continue = {
    v: 'meta.k8s.io/v1',
    rv: memory.resourceVersion,
    start: '',
    at: settings.now(),
    epoch: state.tokenEpoch,
  };
  const token = query.continueToken === '' ? fresh : decodeToken(query.continueToken);
  if (!token) return failure(400, 'BadRequest', 'continue key is not valid');
  if (token.epoch !== state.tokenEpoch || settings.now() - token.at > settings.continueTokenSeconds * 1000)
    return expired(encodeToken({ ...fresh, start: token.start }));

  const shoots = c.req.param('namespace') === settings.namespace ? fleet.shoots : 0;
  const items: Json[] = [];
  let position = fleet.positionOf(token.start);
  for (; position < shoots && (query.limit === 0 || items.length < query.limit); position += 1) {
    const member = fleet.byName(fleet.nameAt(position));
    if (!member) continue;
    const shoot = shootNow(state, member);
    if (!query.selective || query.matches(labelsOf(shoot))) items.push(shoot);
  }
  const left = shoots - position;
  const metadata: JsonObject = { resourceVersion: String(token.rv) };
  if (left > 0) metadata['continue'] = encodeToken({ ...token, start: fleet.nameAt(position) });
  // As the real API: not known when a selector filters.
  if (left > 0 && !query.selective) metadata['remainingItemCount'] = left;
  return c.json({ apiVersion: 'core.gardener.cloud/v1beta1', kind: 'ShootList', metadata, items });
}

function listSmall(
  state: LandscapeState,
  c: LandscapeContext,
  kind: string,
  resources: JsonObject[],
): Response {
  const query = parseListQuery(c);
  if (query instanceof Response) return query;
  const here = c.req.param('namespace') === state.settings.overridesNamespace ? resources : [];
  const matching = here.filter((resource) => query.matches(labelsOf(resource)));
  const start = Number(Buffer.from(query.continueToken, 'base64url').toString() || 0);
  if (!Number.isInteger(start)) return failure(400, 'BadRequest', 'continue key is not valid');
  const end = query.limit === 0 ? matching.length : start + query.limit;
  const metadata: JsonObject = { resourceVersion: String(state.memory.resourceVersion) };
  if (end < matching.length) {
    metadata['continue'] = Buffer.from(String(end)).toString('base64url');
    if (!query.selective) metadata['remainingItemCount'] = matching.length - end;
  }
  return c.json({ apiVersion: 'v1', kind, metadata, items: matching.slice(start, end) });
}

async function patchShoot(state: LandscapeState, c: LandscapeContext): Promise<Response> {
  const member = memberOf(state, c);
  if (!member) return shootNotFound(c.req.param('name'));
  if (!(c.req.header('content-type') ?? '').startsWith('application/merge-patch+json')) {
    return failure(415, 'UnsupportedMediaType', 'the body must be of type application/merge-patch+json');
  }
  const patch = await readObject(c);
  if (!patch) return failure(400, 'BadRequest', 'the patch is not a JSON object');
  const metadata = patch['metadata'];
  const expected = isObject(metadata) ? metadata['resourceVersion'] : undefined;
  if (expected !== undefined && expected !== null) {
    letRivalGoFirst(state, member);
    const current = String(state.memory.patchesOf(member.shootName).version);
    if (expected !== current) {
      const message = `Operation cannot be fulfilled on shoots.core.gardener.cloud "${member.shootName}": the object has been modified; read it again and repeat the change`;
      return failure(409, 'Conflict', message, { name: member.shootName, kind: 'shoots', ...GROUP });
    }
  }
  const { refuse } = state.memory.behaviour(member.runtimeID);
  if (refuse !== undefined) {
    const message = `Shoot.core.gardener.cloud "${member.shootName}" is invalid: ${refuse}`;
    return failure(422, 'Invalid', message, { name: member.shootName, kind: 'Shoot', ...GROUP });
  }
  change(state, member, patch);
  return c.json(shootNow(state, member));
}

/** A behaviour of the runtime: somebody else changes the Shoot between the look and the patch. */
function letRivalGoFirst(state: LandscapeState, { runtimeID, shootName }: FleetMember): void {
  const { rivals = 0, ...behaviour } = state.memory.behaviour(runtimeID);
  if (rivals === 0) return;
  state.memory.record({ type: 'behaviour', runtimeID, behaviour: { ...behaviour, rivals: rivals - 1 } });
  state.memory.record({
    type: 'patched',
    shootName,
    patch: { metadata: { labels: { rival: String(rivals) } } },
  });
}

function change(state: LandscapeState, member: FleetMember, sent: JsonObject): void {
  const { memory, settings, upgrades } = state;
  const { shootName, runtimeID } = member;
  const now = settings.now();
  const { patch, generation } = takePatch(shootNow(state, member), sent);
  memory.record({ type: 'patched', shootName, patch, sent, at: now });
  if (generation === undefined) return;
  const operation = acceptReconciliation({
    runtimeID,
    shoot: shootNow(state, member),
    generation,
    behaviour: memory.behaviour(runtimeID),
    defaults: upgrades,
    now,
  });
  memory.record({ type: 'accepted', operation });
}

const GROUP = { group: 'core.gardener.cloud' };

function shootNotFound(name = ''): Response {
  return notFound('shoots', name);
}

function notFound(kind: string, name: string): Response {
  return failure(404, 'NotFound', `${kind}.core.gardener.cloud "${name}" not found`, {
    name,
    kind,
    ...GROUP,
  });
}
