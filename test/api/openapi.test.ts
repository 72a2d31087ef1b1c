import { Validator } from '@seriousme/openapi-schema-validator';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { isStackPath } from '../../src/api/media-types.ts';
import { OBJECT_ROOTS } from '../../src/api/routes/stacks/objects/object.ts';
import { aPlan, aRequest, aRuntime, asShoot, AT, EXECUTION, FIRST } from '../support/rows.ts';
import { ApiRig } from './api-rig.ts';
import {
  documentOf,
  expectValid,
  operationsOf,
  schemasOf,
  type Document,
  type SchemaAt,
} from './openapi-document.ts';
import { aFleet, PATH, SOME } from './policies.ts';
import { added, aDefinition, became, ORACLE_TYPE } from './stacks/definitions.ts';

const FORM = 'application/x-www-form-urlencoded';

let rig: ApiRig;
let document: Document;
let schemaAt: SchemaAt;

beforeAll(async () => {
  rig = await ApiRig.start();
  document = await documentOf(rig);
  schemaAt = schemasOf(document);
});

function answerSchema(
  path: string,
  method: string,
  status: number,
  type = 'application/json',
): ValidateFunction {
  return schemaAt('paths', path, method, 'responses', String(status), 'content', type, 'schema');
}

const operations = () => operationsOf(document);

/** Six lists and one entry. */
const readsBelow = (root: string): string[] =>
  ['', '/', '/{container}', '/{container}/', '/{container}/{user}', '/{container}/{user}/']
    .concat('/{container}/{user}/{name}')
    .map((path) => `get ${root}${path}`);

it('A19: is a valid OpenAPI 3.1 document', async () => {
  const result = await new Validator().validate({ ...document });
  expect(result).toMatchObject({ valid: true });
  expect(document.openapi).toMatch(/^3\.1\./);
});

it('has no default that its own schema refuses', () => {
  expect(JSON.stringify(document).includes('"default":null')).toBe(false);
});

it('describes every route, with a token where one is needed, and with its problems', () => {
  expect(
    operations()
      .map(({ method, path }) => `${method} ${path}`)
      .sort(),
  ).toEqual(
    [
      ...['get /.well-known/oauth-protected-resource', 'get /healthz', 'get /readyz'],
      'get /orchestrations',
      'get /orchestrations/{orchestrationID}',
      'get /orchestrations/{orchestrationID}/events',
      'get /audit',
      'get /calendar.ics',
      'get /report',
      'get /events/stream',
      'get /orchestrations/{orchestrationID}/operations',
      'get /orchestrations/{orchestrationID}/operations/{operationID}',
      'post /orchestrations/{orchestrationID}/approvals/{number}',
      'post /orchestrations/{orchestrationID}/rest',
      'post /orchestrations/{orchestrationID}/retry',
      ...['get /fleet', 'get /runtimes', 'post /fleet/targets'],
      'get /orchestrations/{orchestrationID}/burn-up',
      'get /orchestrations/{orchestrationID}/failures',
      'get /orchestrations/{orchestrationID}/summary',
      'get /orchestrations/{orchestrationID}/excluded',
      'get /orchestrations/{orchestrationID}/runtimes/{runtimeID}',
      ...['get /plans', 'get /plans/{planID}', 'get /plans/{planID}/operations'],
      ...['get /plans/{planID}/excluded', 'get /plans/{planID}/runtimes/{runtimeID}'],
      ...['post /upgrade/cluster/plan', 'post /upgrade/kyma/plan'],
      'post /upgrade/cluster',
      'post /upgrade/kyma',
      'put /orchestrations/{orchestrationID}/cancel',
      'put /orchestrations/{orchestrationID}/operations/{operationID}/skip',
      'put /orchestrations/{orchestrationID}/pause',
      'put /orchestrations/{orchestrationID}/resume',
      'put /orchestrations/{orchestrationID}/waves/{wave}/skip',
      'put /orchestrations/{orchestrationID}/workers',
      ...['get /queue', 'put /queue/pause', 'put /queue/resume', 'put /queue/{orchestrationID}/front'],
      ...readsBelow('/orchestration'),
      'get /orchestration/{container}/{user}/{name}/events',
      'get /orchestration-templates',
      'post /orchestration/',
      'put /orchestration/{container}/{user}/{name}',
      'delete /orchestration/{container}/{user}/{name}',
      ...Object.values(OBJECT_ROOTS).flatMap(readsBelow),
      'put /instance/{container}/{user}/{name}',
      'get /instance/{container}/{user}/{name}/{id}',
      'put /instance/{container}/{user}/{name}/{id}',
      ...['get /maintenance-policy', 'get /maintenance-policy/versions', 'put /maintenance-policy'],
      'post /maintenance-policy/preview',
      ...['get /backups', 'post /backups', 'get /backups/{id}', 'delete /backups/{id}'],
      'post /backups/{id}/restore',
      ...['get /webhooks', 'post /webhooks', 'get /webhooks/{webhookID}', 'patch /webhooks/{webhookID}'],
      ...['delete /webhooks/{webhookID}', 'get /webhooks/{webhookID}/deliveries'],
      ...['rotate', 'test', 'redeliver'].map((action) => `post /webhooks/{webhookID}/${action}`),
      ...['get /auth/callback', 'get /auth/login', 'get /auth/session', 'post /auth/logout'],
    ].sort(),
  );
  const named = ['get /maintenance-policy', 'post /maintenance-policy/preview', 'get /events/stream'];
  named.push('get /auth/session');
  const open = /z$|^\/\.well-known|^\/auth\/(login|callback|logout)$/;
  for (const { path, method, operation } of operations()) {
    if (open.test(path)) {
      expect(operation.security).toEqual([]);
      continue;
    }
    expect(operation.security).toEqual([{ bearer: [] }, { session: [] }]);
    for (const status of ['401', '403', '500', '503']) {
      expect(Object.keys(operation.responses[status]?.content ?? {})).toEqual(
        isStackPath(path) ? ['application/problem+json', ORACLE_TYPE] : ['application/problem+json'],
      );
    }
    expect(Object.keys(operation.responses).includes('404')).toBe(
      path.includes('{') || named.includes(`${method} ${path}`),
    );
  }
});

it('has examples that its own schemas accept', () => {
  let seen = 0;
  for (const [name, { example, examples = [] }] of Object.entries(document.components.schemas)) {
    for (const value of [...(example === undefined ? [] : [example]), ...examples]) {
      expectValid(schemaAt('components', 'schemas', name), value);
      seen += 1;
    }
  }
  for (const { path, method, operation } of operations()) {
    for (const [status, response] of Object.entries(operation.responses)) {
      for (const [type, { example }] of Object.entries(response.content ?? {})) {
        if (example === undefined) continue;
        expectValid(schemaAt('paths', path, method, 'responses', status, 'content', type, 'schema'), example);
        seen += 1;
      }
    }
  }
  expect(seen).toBeGreaterThan(20);
});

it.each(['kyma', 'cluster'])('A37: the API takes every example of POST /upgrade/%s', async (kind) => {
  const name = kind === 'kyma' ? 'UpgradeKyma' : 'UpgradeCluster';
  const examples = document.components.schemas[name]?.examples ?? [];
  expect(examples.length).toBeGreaterThan(0);
  for (const body of examples) {
    const answer = await rig.call('POST', `/upgrade/${kind}`, { body: body as object });
    expect(answer.status).toBe(202);
    expectValid(answerSchema(`/upgrade/${kind}`, 'post', 202), answer.body);
  }
});

it('says that a new maintenance policy has to name the version that it replaces', () => {
  const parameters = document.paths[PATH]?.['put']?.parameters ?? [];
  expect(parameters).toContainEqual(
    expect.objectContaining({ name: 'If-Match', in: 'header', required: true }),
  );
});

it('the API takes every example of a maintenance policy and its preview', async () => {
  const examplesOf = (name: string): unknown[] => document.components.schemas[name]?.examples ?? [];
  const bodies = [
    ...examplesOf('TryPolicy'),
    ...examplesOf('MaintenancePolicy').map((policy) => ({ policy })),
  ];
  expect(bodies.length).toBeGreaterThan(3);
  rig.gateway.preview = aFleet();
  for (const body of bodies) {
    expect((await rig.call('POST', `${PATH}/preview`, { body: body as object })).status).toBe(200);
  }
});

it.each(['UpgradeKyma', 'UpgradeCluster'])('%s describes the zero values that Go clients send', (name) => {
  const validate = schemaAt('components', 'schemas', name);
  expectValid(validate, {
    targets: { include: [{ target: 'all', region: '', runtimeID: '' }], exclude: null },
    strategy: {
      type: '',
      schedule: '',
      ScheduleTime: '0001-01-01T00:00:00Z',
      maintenanceWindow: false,
      parallel: { workers: 0 },
    },
    dryRun: false,
    notification: false,
    retryoperation: { retryoperations: null, immediate: '' },
    kyma: { version: '' },
    kubernetes: { kubernetesVersion: '', machineImage: '', machineImageVersion: '' },
  });
  expectValid(validate, {
    targets: { include: { target: 'all' } },
    strategy: { ScheduleTime: null, parallel: null },
    notification: null,
    retryoperation: { immediate: null },
    kyma: null,
  });
  expect(validate({ targets: {} })).toBe(false);
  expect(validate({ targets: { include: [{ target: 'some' }] } })).toBe(false);
  expect(validate({ targets: { include: [{ target: 'all' }] }, colour: 'red' })).toBe(false);
});

describe('answers are as documented', () => {
  it('of lists, details, cancel, retry and events', async () => {
    const { id, operationIDs } = await aPlan(rig.repositories, 3);
    rig.gateway.remember(id);
    const waiting = await rig.repositories.orchestrations.begun(aRequest());
    const base = '/orchestrations/{orchestrationID}';
    const calls: [string, string, string, number][] = [
      ['get', '/orchestrations', '/orchestrations', 200],
      ['get', '/orchestrations?page=1', '/orchestrations', 200],
      ['get', `/orchestrations/${id}`, base, 200],
      ['get', `/orchestrations/${id}/operations`, `${base}/operations`, 200],
      ['get', `/orchestrations/${id}/operations/${operationIDs[0]}`, `${base}/operations/{operationID}`, 200],
      ['get', `/orchestrations/${id}/events`, `${base}/events`, 200],
      ['post', `/orchestrations/${id}/retry`, `${base}/retry`, 202],
      ['put', '/queue/pause', '/queue/pause', 200],
      ['get', '/queue', '/queue', 200],
      ['get', `/orchestrations/${id}`, base, 200],
      ['put', '/queue/resume', '/queue/resume', 200],
      ['put', `/queue/${waiting.id}/front`, '/queue/{orchestrationID}/front', 200],
      ['put', `/orchestrations/${id}/pause`, `${base}/pause`, 200],
      ['put', `/orchestrations/${id}/resume`, `${base}/resume`, 200],
      ['put', `/orchestrations/${id}/cancel`, `${base}/cancel`, 200],
      ['get', '/healthz', '/healthz', 200],
      ['get', '/readyz', '/readyz', 200],
    ];
    for (const [method, path, documented, status] of calls) {
      const headers: Record<string, string> = method === 'post' ? { 'Content-Type': FORM } : {};
      const answer = await rig.call(method.toUpperCase(), path, { headers });
      expect({ path, status: answer.status }).toEqual({ path, status });
      expectValid(answerSchema(documented, method, status), answer.body);
    }
  });

  it('of the fleet, and of how an orchestration goes', async () => {
    const { id, operationIDs } = await aPlan(rig.repositories, 3);
    const { fleet, operations, policies } = rig.repositories;
    const rows = await operations.findMany(operationIDs);
    const shoots = rows.map(({ runtimeID }, index) =>
      asShoot(aRuntime({ runtimeID, shootName: `c-${index}` })),
    );
    const reading = await fleet.begin(AT);
    await fleet.write(reading, shoots, AT);
    const windows = { groups: [], withoutWindow: { 'no definition': 0, frozen: 0, 'opted out': 0 } };
    const outlook = { kind: 'windows' as const, policyVersion: 0, windows };
    const shootNames = shoots.map(({ shootName }) => shootName);
    await fleet.finish(reading, { shootNames, outlook, now: AT });
    expect(await policies.find(0)).toBeUndefined();
    const [first = ''] = operationIDs;
    await operations.claim(first, EXECUTION, AT);
    await operations.fail(first, FIRST, { code: 'UPGRADE_FAILED', message: 'broken' }, AT);
    const base = '/orchestrations/{orchestrationID}';
    const calls: [path: string, documented: string][] = [
      ['/fleet', '/fleet'],
      ['/runtimes', '/runtimes'],
      ['/runtimes?op_detail=last&kyma_config=true&cluster_config=true&state=error', '/runtimes'],
      [`/orchestrations/${id}/failures`, `${base}/failures`],
      [`/orchestrations/${id}/burn-up`, `${base}/burn-up`],
      ...['wave', 'zone', 'plan', 'region', 'hour'].map((by): [string, string] => [
        `/orchestrations/${id}/summary?by=${by}`,
        `${base}/summary`,
      ]),
      [`/orchestrations/${id}/operations?search=west&waitingFor=slot&wave=rest`, `${base}/operations`],
    ];
    for (const [path, documented] of calls) {
      const answer = await rig.call('GET', path);
      expect({ path, status: answer.status }).toEqual({ path, status: 200 });
      expectValid(answerSchema(documented, 'get', 200), answer.body);
    }
    const targets = { include: [{ target: 'all' }] };
    const counted = await rig.call('POST', '/fleet/targets', { body: { targets } });
    expect(counted.status).toBe(200);
    expectValid(answerSchema('/fleet/targets', 'post', 200), counted.body);
  });

  it('of stacks, objects and backups', async () => {
    const definition = await added(rig, aDefinition('/acme/jack/shop'));
    const key = ['/acme/jack/shop', 'web', '/acme/jack/shop-web'] as [string, string, string];
    await became(rig, key, { condition: 'running', objectID: 'i-1', owned: true });
    const { id } = (await rig.call('POST', '/backups')).body as { id: string };
    const named = '/{container}/{user}/{name}';
    const calls: [method: string, path: string, documented: string, status: number, body?: object][] = [
      ['post', '/orchestration/', '/orchestration/', 201, { ...definition, name: '/acme/jack/other' }],
      ['get', '/orchestration/', '/orchestration/', 200],
      ['get', '/orchestration/acme/', '/orchestration/{container}/', 200],
      ['get', '/orchestration', '/orchestration', 200],
      ['get', '/orchestration/acme/jack/shop', `/orchestration${named}`, 200],
      ['put', '/orchestration/acme/jack/shop?action=stop', `/orchestration${named}`, 200],
      ['get', '/orchestration/acme/jack/shop/events', `/orchestration${named}/events`, 200],
      ['get', '/orchestration-templates', '/orchestration-templates', 200],
      ['get', '/instance/acme/jack/', '/instance/{container}/{user}/', 200],
      ['get', '/instance/acme/jack/shop-web', `/instance${named}`, 200],
      ['put', '/instance/acme/jack/shop-web', `/instance${named}`, 200, { desired_state: 'shutdown' }],
      ['get', '/instance/acme/jack/shop-web/i-1', `/instance${named}/{id}`, 200],
      [
        'put',
        '/instance/acme/jack/shop-web/i-1',
        `/instance${named}/{id}`,
        200,
        { desired_state: 'running' },
      ],
      ['get', '/vnet/acme', '/vnet/{container}', 200],
      ['post', '/backups', '/backups', 201],
      ['get', '/backups', '/backups', 200],
      ['get', `/backups/${id}`, '/backups/{id}', 200],
      ['post', `/backups/${id}/restore`, '/backups/{id}/restore', 200],
    ];
    for (const [method, path, documented, status, body] of calls) {
      const answer = await rig.call(method.toUpperCase(), path, body ? { body } : {});
      expect({ path, status: answer.status }).toEqual({ path, status });
      expectValid(answerSchema(documented, method, status), answer.body);
      expectValid(answerSchema(documented, method, status, ORACLE_TYPE), answer.body);
    }
    const documented = schemaAt('components', 'schemas', 'OrchestrationDefinition');
    expectValid(documented, definition);
    expectValid(documented, (await rig.call('GET', '/orchestration/acme/jack/shop')).body);
    expect(documented({ ...definition, colour: 'red' })).toBe(false);
  });

  it('of the maintenance policy', async () => {
    rig.gateway.preview = aFleet();
    const calls: [method: string, path: string, body?: object][] = [
      ['get', PATH],
      ['put', PATH, SOME],
      ['get', PATH],
      ['get', `${PATH}/versions`],
      ['post', `${PATH}/preview`, { policy: SOME }],
    ];
    for (const [method, path, body] of calls) {
      const call = body ? { body, headers: { 'If-Match': '"0"' } } : {};
      const answer = await rig.call(method.toUpperCase(), path, call);
      expect({ path, status: answer.status }).toEqual({ path, status: 200 });
      expectValid(answerSchema(path, method, 200), answer.body);
    }
    rig.gateway.away = true;
    const stored = await rig.call('PUT', PATH, { body: {}, headers: { 'If-Match': '"1"' } });
    rig.gateway.away = false;
    expectValid(answerSchema(PATH, 'put', 200), stored.body);
    rig.gateway.preview = {
      kind: 'runtime',
      runtimeID: 'r-1',
      shootName: 'c-1',
      windows: { windows: [], frozenBy: [] },
    };
    const runtime = await rig.call('POST', `${PATH}/preview`, { body: { runtimeID: 'r-1' } });
    expectValid(answerSchema(`${PATH}/preview`, 'post', 200), runtime.body);
  });

  it('of problems', async () => {
    const problem = schemaAt('components', 'schemas', 'Problem');
    const answers = [
      await rig.call('GET', '/orchestrations', { token: null }),
      await rig.call('GET', '/orchestrations?page=0'),
      await rig.call('GET', '/orchestrations/x'),
      await rig.call('POST', '/upgrade/kyma', { body: '{' }),
      await rig.call('POST', '/upgrade/kyma', { body: {} }),
      await rig.call('GET', '/nowhere'),
      await rig.call('GET', '/orchestration/a/b/c'),
    ];
    for (const { body } of answers) expectValid(problem, body);
  });
});

it('A19: serves Swagger UI from its own files, under a policy that lets nothing else in', async () => {
  const page = await rig.call('GET', '/docs', { token: null });
  expect(page.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
  const html = String(page.body);
  expect(html).not.toMatch(/https?:\/\//);
  expect(html).not.toMatch(/<script>/);
  const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '');
  expect(links.length).toBeGreaterThan(3);
  // Relative: behind a proxy the pages may be below another path.
  for (const link of links) expect(link).toMatch(/^docs\//);
  for (const link of links.map((relative) => `/${relative}`)) {
    const { status, body } = await rig.call('GET', link, { token: null });
    expect({ link, status, empty: body === '' }).toEqual({ link, status: 200, empty: false });
  }
});
