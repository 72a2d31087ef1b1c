import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type DocumentNode,
  execute,
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { createHandler } from 'graphql-http';
import { Hono } from 'hono';
import type { HttpBindings } from '@hono/node-server';
import { MASKED } from '../../domain/upgrades/operation-config.ts';
import { answerWithFault } from './faults.ts';
import type { FleetMember } from './fleet.ts';
import { isObject } from './merge-patch.ts';
import { acceptUpgrade, type OperationNow } from './simulated-operations.ts';
import type { LandscapeState } from './state.ts';
import type { Json, JsonObject } from './landscape-types.ts';

/** The part of a request that every resolver knows. */
type RequestContext = { tenant: string };

/** Answers the Runtime Provisioner's GraphQL API at `/graphql`. */
export function provisionerApi(state: LandscapeState): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const schema = buildSchema(readFileSync(new URL('./schema.graphql', import.meta.url), 'utf8'));
  const documents = new Map<string, DocumentNode>();
  const validated = new WeakMap<DocumentNode, readonly GraphQLError[]>();
  const handler = createHandler<Request, undefined, RequestContext>({
    schema,
    // Some loaders give graphql-http another copy of graphql than this file; a schema works only with its own copy.
    ...{ execute, getOperationAST, validationRules: () => specifiedRules },
    validate: (...of) => validateOnce(validated, ...of),
    parse: (source) => parseOnce(documents, typeof source === 'string' ? source : source.body),
    rootValue: resolvers(state),
    context: (request) => ({ tenant: request.raw.headers.get('tenant') ?? '' }),
  });

  app.use('/graphql', async (c, next) => {
    const kind = kindOf(documents, await c.req.text());
    state.requests[kind === 'mutation' ? 'provisionerMutations' : 'provisionerQueries'] += 1;
    const fault = state.faults.take('provisioner', kind);
    return await answerWithFault(
      c,
      next,
      fault,
      state.settings.latencyMs,
      (status) => new Response('no healthy upstream', { status, headers: { 'content-type': 'text/plain' } }),
    );
  });
  app.all('/graphql', async (c) => {
    const { method, url, raw } = c.req;
    const body = (): Promise<string> => c.req.text();
    const [answer, init] = await handler({
      method,
      url,
      headers: raw.headers,
      body,
      raw,
      context: undefined,
    });
    return new Response(answer, init);
  });
  return app;
}

/** Callers send the same few documents over and over; only so many are remembered, should one build its own each time. */
function parseOnce(documents: Map<string, DocumentNode>, source: string): DocumentNode {
  const known = documents.get(source);
  if (known) return known;
  const document = parse(source);
  if (documents.size < 100) documents.set(source, document);
  return document;
}

/** Against the one schema that there is: hundreds of upgrades that are polled each second would take a core for it. */
function validateOnce(
  validated: WeakMap<DocumentNode, readonly GraphQLError[]>,
  ...[schema, document, rules]: Parameters<typeof validate>
): readonly GraphQLError[] {
  const errors = validated.get(document) ?? validate(schema, document, rules);
  validated.set(document, errors);
  return errors;
}

function kindOf(documents: Map<string, DocumentNode>, body: string): 'query' | 'mutation' {
  try {
    const { query, operationName } = JSON.parse(body) as { query?: string; operationName?: string };
    return getOperationAST(parseOnce(documents, query ?? ''), operationName)?.operation ===
      OperationTypeNode.MUTATION
      ? 'mutation'
      : 'query';
  } catch {
    // Not a GraphQL request; the handler after this says what is wrong with it.
    return 'query';
  }
}

type Resolver<Arguments> = (args: Arguments, context: RequestContext) => JsonObject;

interface Resolvers {
  runtimeStatus: Resolver<{ id: string }>;
  runtimeOperationStatus: Resolver<{ id: string }>;
  upgradeRuntime: Resolver<{ id: string; config: { kymaConfig: JsonObject } }>;
  upgradeShoot: Resolver<{ id: string; config: { gardenerConfig: JsonObject } }>;
}

function resolvers(state: LandscapeState): Resolvers {
  return {
    runtimeStatus({ id }, { tenant }) {
      requireTenant(state, tenant);
      return runtimeStatus(state, knownRuntime(state, id));
    },
    runtimeOperationStatus({ id }, { tenant }) {
      requireTenant(state, tenant);
      const operation = state.memory.operation(id);
      if (operation && operation.forgottenAt === undefined) return statusOf(operation);
      const member = state.fleet.byProvisionID(id);
      if (member) return provisioned(state, member);
      throw notFound(`failed to get Runtime Operation Status, Operation not found for id: ${id}`);
    },
    upgradeRuntime: ({ id, config }, { tenant }) =>
      upgrade(state, { id, operation: 'Upgrade', config: config.kymaConfig, tenant }),
    upgradeShoot: ({ id, config }, { tenant }) =>
      upgrade(state, { id, operation: 'UpgradeShoot', config: config.gardenerConfig, tenant }),
  };
}

function requireTenant(state: LandscapeState, tenant: string): void {
  if (state.settings.requireTenant && tenant === '') throw refused('tenant header is empty');
}

function knownRuntime(state: LandscapeState, runtimeID: string): FleetMember {
  const member = state.fleet.byRuntimeID(runtimeID);
  if (!member) throw notFound(`Cannot find Tenant for runtimeID:'${runtimeID}'`);
  return member;
}

function upgrade(
  state: LandscapeState,
  request: { id: string; operation: 'Upgrade' | 'UpgradeShoot'; config: JsonObject; tenant: string },
): JsonObject {
  const { memory, settings } = state;
  requireTenant(state, request.tenant);
  const { runtimeID } = knownRuntime(state, request.id);
  const behaviour = memory.behaviour(runtimeID);
  if (behaviour.refuse !== undefined) throw refused(behaviour.refuse);
  if (memory.operationsOf(runtimeID).at(-1)?.state === 'InProgress') {
    throw refused(`cannot start new operation for ${runtimeID} Runtime while previous one is in progress`);
  }
  const operation = acceptUpgrade({
    id: randomUUID(),
    runtimeID,
    operation: request.operation,
    config: masked(request.config),
    tenant: request.tenant,
    now: settings.now(),
    earlier: memory.countOf(runtimeID),
    seed: settings.seed,
    behaviour,
    defaults: state.upgrades,
  });
  memory.record({ type: 'accepted', operation });
  return {
    ...statusOf({ ...operation, state: 'InProgress', progress: 0 }),
    message: request.operation === 'Upgrade' ? 'Starting Kyma upgrade' : 'Starting Gardener Shoot upgrade',
  };
}

function runtimeStatus(state: LandscapeState, member: FleetMember): JsonObject {
  const operations = state.memory.operationsOf(member.runtimeID);
  const last = operations.at(-1);
  // As the Provisioner does it: the new configuration is shown from the begin of an upgrade on, and stays when it fails.
  const lastConfig = (kind: OperationNow['operation']): JsonObject => {
    const config = operations.findLast(({ operation }) => operation === kind)?.config;
    return isObject(config) ? config : {};
  };
  return {
    lastOperationStatus: last ? statusOf(last) : provisioned(state, member),
    runtimeConnectionStatus: { status: 'Connected', errors: [] },
    runtimeConfiguration: {
      clusterConfig: {
        name: member.shootName,
        provider: member.plan.provider,
        region: member.region,
        kubernetesVersion: member.kubernetesVersion,
        ...lastConfig('UpgradeShoot'),
      },
      kymaConfig: { version: '2.20.3', components: [], configuration: [], ...lastConfig('Upgrade') },
    },
    hibernationStatus: { hibernated: member.leftOut === 'hibernated', hibernationPossible: true },
  };
}

/** Every runtime was provisioned once; that operation is not kept but derived, so that a large fleet costs nothing. */
function provisioned(state: LandscapeState, member: FleetMember): JsonObject {
  return {
    id: state.fleet.provisionID(member),
    operation: 'Provision',
    state: 'Succeeded',
    message: 'Operation succeeded',
    runtimeID: member.runtimeID,
    lastError: null,
  };
}

function statusOf(operation: OperationNow): JsonObject {
  const messages = {
    InProgress: `Operation in progress, ${Math.floor(operation.progress * 100)} % done`,
    Succeeded: 'Operation succeeded',
    Failed: `Operation failed: ${operation.reason}`,
  };
  return {
    id: operation.id,
    operation: operation.operation,
    state: operation.state,
    message: messages[operation.state],
    runtimeID: operation.runtimeID,
    lastError:
      operation.state === 'Failed'
        ? {
            errMessage: operation.reason,
            reason: 'err_check_kyma_installation_state',
            component: 'kyma installer',
          }
        : null,
  };
}

/** The configuration with the value of every entry that is marked secret replaced. */
function masked(config: Json): Json {
  if (Array.isArray(config)) return config.map(masked);
  if (!isObject(config)) return config;
  const entries = Object.entries(config).map(([key, value]) => [key, masked(value)] as const);
  const copy: JsonObject = Object.fromEntries(entries);
  return config['secret'] === true ? { ...copy, value: MASKED } : copy;
}

/** A request that the Provisioner turns down. */
function refused(message: string): GraphQLError {
  return error(message, 400, 'err_provisioner_internal', 'provisioner');
}

/** Something that is not in the Provisioner's database; its code is not an HTTP status, the reason tells it. */
function notFound(message: string): GraphQLError {
  return error(message, 2, 'err_db_not_found', 'db - provisioner');
}

function error(message: string, code: number, reason: string, component: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { error_code: code, error_reason: reason, error_component: component },
  });
}
