import { OpenAPIHono } from '@hono/zod-openapi';
import { RE2JS } from 're2js';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { OrchestrationParameters } from '../../../../src/domain/upgrades/orchestration-parameters.ts';
import {
  formatIssues,
  upgradeClusterRequest,
  upgradeKymaRequest,
  type InputIssue,
} from '../../../../src/domain/upgrades/request-schema.ts';

const kyma = upgradeKymaRequest({ kymaVersion: '2.20.5', kubernetes: {} });
const cluster = upgradeClusterRequest({
  kymaVersion: '2.20.5',
  kubernetes: { kubernetesVersion: '1.27.4', machineImage: 'gardenlinux' },
});
const ALL = { targets: { include: [{ target: 'all' }] } };

function issuesOf(body: unknown, schema: typeof kyma | typeof cluster = kyma): InputIssue[] {
  const parsed = schema.safeParse(body);
  return parsed.success ? [] : formatIssues(parsed.error);
}

const parameters = (overrides: Partial<OrchestrationParameters>): OrchestrationParameters => ({
  targets: { include: [{ target: 'all' }] },
  strategy: { type: 'parallel', schedule: 'immediate', parallel: { workers: 1 } },
  dryRun: false,
  kyma: { version: '2.20.5' },
  ...overrides,
});

describe('a request to upgrade Kyma', () => {
  it('A38, A50: gets every default filled in', () => {
    expect(kyma.parse(ALL)).toEqual(parameters({}));
  });

  it('A37: takes the sample strategy of the documents', () => {
    const strategy = { type: 'parallel', schedule: 'maintenanceWindow', parallel: { workers: 5 } };
    expect(kyma.parse({ ...ALL, strategy })).toMatchObject({ strategy });
  });

  it.each(['immediate', 'maintenanceWindow'])(
    'A32, A33, A39: takes a strategy with the schedule %s',
    (schedule) => {
      const strategy = { type: 'parallel', schedule, parallel: { workers: 2 } };
      expect(kyma.parse({ ...ALL, strategy })).toMatchObject({ strategy });
      for (const other of [{ type: 'serial' }, { schedule: 'Immediate' }, { schedule: 'tomorrow' }]) {
        expect(kyma.safeParse({ ...ALL, strategy: { ...strategy, ...other } }).success).toBe(false);
      }
    },
  );

  it('A22, A29: takes a single selector as an object and answers a list', () => {
    const selector = {
      runtimeID: '5791e81d-8959-4b78-82e4-7e4edea45683',
      globalAccount: '3e64ebae-38b5-46a0-b1ed-9ccee153a0ae',
      subAccount: '39b19a66-2c1a-4fe4-a28e-6e5db434084e',
      planName: 'azure',
      region: 'europe',
    };
    expect(kyma.parse({ targets: { include: selector }, dryRun: true })).toEqual(
      parameters({ targets: { include: [selector] }, dryRun: true }),
    );
  });

  it('takes the zero values of clients written in Go as "not given"', () => {
    const empty = {
      globalAccount: '',
      subAccount: '',
      region: '',
      runtimeID: '',
      planName: '',
      shoot: '',
      instanceID: '',
    };
    const body = {
      targets: { include: [{ target: 'all', ...empty }], exclude: null },
      strategy: {
        type: '',
        schedule: '',
        ScheduleTime: '0001-01-01T00:00:00Z',
        maintenanceWindow: false,
        parallel: { workers: 0 },
      },
      dryRun: false,
      kyma: { version: '' },
      kubernetes: { kubernetesVersion: '', machineImage: '', machineImageVersion: '' },
      notification: false,
      retryoperation: { retryoperations: null },
    };
    expect(kyma.parse(body)).toEqual(parameters({}));
    const nulls = { strategy: null, dryRun: null, kyma: null, kubernetes: null, retryoperation: {} };
    expect(kyma.parse({ ...ALL, ...nulls })).toEqual(parameters({}));
  });

  it.each([
    [{ schedule: 'now' }, 'immediate'],
    [{ schedule: 'immediate', maintenanceWindow: true }, 'maintenanceWindow'],
  ])('reads the newer strategy %j of existing clients', (strategy, schedule) => {
    expect(kyma.parse({ ...ALL, strategy }).strategy.schedule).toBe(schedule);
  });

  it.each(['2.20.5', '2.21.0-rc1', 'PR-1234', 'main-0a1b2c3d', `${'b'.repeat(37)}-0a1b2c3`])(
    'takes the version %s',
    (version) => {
      expect(kyma.parse({ ...ALL, kyma: { version } }).kyma).toEqual({ version });
    },
  );

  it.each([
    'latest',
    'v2.20.5',
    '2.20',
    '2.20.5+build',
    'PR-',
    'main',
    'main-xyz',
    `main-${'a'.repeat(41)}`,
    `${'b'.repeat(38)}-0a1b2c3`,
    '2.0.0 ',
    'a=true,b-1234567',
  ])('refuses the version %j', (version) => {
    expect(issuesOf({ ...ALL, kyma: { version } }).map(({ path }) => path)).toEqual(['kyma.version']);
  });

  it.each([-1, 1.5, 1e9, 1_001, 1e300, '5', true])('refuses %j workers', (workers) => {
    expect(issuesOf({ ...ALL, strategy: { parallel: { workers } } })).toEqual([
      { path: 'strategy.parallel.workers', message: 'must be a whole number from 1 to 1,000' },
    ]);
  });

  it.each<[string, unknown, InputIssue[]]>([
    ['null', null, [{ path: '', message: 'must be of type object, not null' }]],
    ['a list', [], [{ path: '', message: 'must be of type object, not array' }]],
    ['no targets', {}, [{ path: 'targets', message: 'is required' }]],
    [
      'an unknown field',
      { ...ALL, dryrun: true },
      [{ path: 'dryrun', message: 'is not a known field; check its spelling, or leave it out' }],
    ],
    [
      'an unknown field of a selector',
      { targets: { include: [{ target: 'all', regoin: 'x' }] } },
      [
        {
          path: 'targets.include[0].regoin',
          message: 'is not a known field; check its spelling, or leave it out',
        },
      ],
    ],
    [
      'an empty include',
      { targets: { include: [] } },
      [
        {
          path: 'targets.include',
          message: 'must have at least one selector; use {"target": "all"} for the whole fleet',
        },
      ],
    ],
    [
      'a selector that says nothing',
      { targets: { include: { region: '' } } },
      [
        {
          path: 'targets.include',
          message: 'selects nothing: give at least one field, or {"target": "all"} for the whole fleet',
        },
      ],
    ],
    [
      'an excluded selector that says nothing',
      { targets: { ...ALL.targets, exclude: [{}] } },
      [
        {
          path: 'targets.exclude[0]',
          message: 'selects nothing: give at least one field, or {"target": "all"} for the whole fleet',
        },
      ],
    ],
    [
      'another target than all',
      { targets: { include: [{ target: 'some' }] } },
      [
        {
          path: 'targets.include[0].target',
          message: 'must be "all", the only target there is; select anything else by its field',
        },
      ],
    ],
    [
      'include of another type',
      { targets: { include: 'all' } },
      [{ path: 'targets.include', message: 'must be a selector or a list of selectors' }],
    ],
    [
      'an invalid regular expression',
      { targets: { include: [{ region: '(' }] } },
      [
        {
          path: 'targets.include[0].region',
          message: 'is not a valid regular expression (RE2 syntax): missing closing ): `(`',
        },
      ],
    ],
    [
      'another strategy',
      { ...ALL, strategy: { type: 'serial' } },
      [{ path: 'strategy.type', message: 'must be "parallel", the only strategy there is' }],
    ],
    [
      'another schedule',
      { ...ALL, strategy: { schedule: 'later' } },
      [{ path: 'strategy.schedule', message: 'must be "immediate" or "maintenanceWindow"' }],
    ],
    [
      'a word for a boolean',
      { ...ALL, dryRun: 'yes' },
      [{ path: 'dryRun', message: 'must be of type boolean, not string' }],
    ],
    [
      'what belongs to the other endpoint',
      { ...ALL, kubernetes: { kubernetesVersion: '1.27.4' } },
      [{ path: 'kubernetes', message: 'does not belong to this request; send it to POST /upgrade/cluster' }],
    ],
    [
      'a wish that is not offered',
      { ...ALL, notification: true },
      [{ path: 'notification', message: 'must be left out: customers are not notified by this service' }],
    ],
  ])('A20: refuses %s, naming the field', (_, body, issues) => {
    expect(issuesOf(body)).toEqual(issues);
  });

  it.each(['a\u0000', '\ud800', 'x\ny'])('refuses text that no database can hold: %j', (text) => {
    for (const field of ['shoot', 'region', 'planName']) {
      expect(issuesOf({ targets: { include: [{ [field]: text }] } })).toMatchObject([
        { path: `targets.include[0].${field}` },
      ]);
    }
  });

  it('refuses over-long patterns and over-long lists', () => {
    expect(issuesOf({ targets: { include: [{ region: 'x'.repeat(4_001) }] } })).toMatchObject([
      { path: 'targets.include[0].region' },
    ]);
    const include = Array.from({ length: 5_001 }, (_, index) => ({ runtimeID: `r-${index}` }));
    expect(issuesOf({ targets: { include } })).toMatchObject([{ path: 'targets.include' }]);
  });

  it('names the first issues only when thousands are wrong', () => {
    const include = Array.from({ length: 4_000 }, () => ({ region: '(' }));
    expect(issuesOf({ targets: { include } })).toHaveLength(50);
  });

  it('refuses patterns that are too much together, names the first one and looks at no other', () => {
    const unfolding = (index: number): string => `(x{1000}){1}${index}(a|b|c){900}`;
    const include = Array.from({ length: 5_000 }, (_, index) => ({
      region: unfolding(3 * index),
      globalAccount: unfolding(3 * index + 1),
      subAccount: unfolding(3 * index + 2),
    }));
    const compile = vi.spyOn(RE2JS, 'compile');
    onTestFinished(() => compile.mockRestore());
    const message = /10,000 instructions.*select by plain text or runtimeID/;
    expect(issuesOf({ targets: { include } })).toEqual([
      { path: 'targets.include[0].region', message: expect.stringMatching(message) as string },
    ]);
    expect(compile.mock.calls.length).toBeLessThan(5);
  });

  it('counts the patterns of both lists together, and equal ones once', () => {
    const lists = (first: number, second: number): unknown => ({
      targets: {
        include: Array.from({ length: first }, (_, index) => ({ region: `^(${index})+` })),
        exclude: Array.from({ length: second }, (_, index) => ({ subAccount: `^(${first + index})+` })),
      },
    });
    expect(issuesOf(lists(60, 40))).toEqual([]);
    expect(issuesOf(lists(60, 41))).toMatchObject([{ path: 'targets.exclude[40].subAccount' }]);
    const equal = Array.from({ length: 5_000 }, () => ({ region: '^(eu|us)-', planName: 'azure' }));
    expect(issuesOf({ targets: { include: equal } })).toEqual([]);
  });

  it('takes thousands of account IDs: plain text costs nothing', () => {
    const include = Array.from({ length: 5_000 }, (_, index) => ({
      globalAccount: `^3e64ebae-38b5-46a0-b1ed-${index}$`,
      subAccount: `39b19a66-${index}|a791efe6-${index}`,
    }));
    expect(issuesOf({ targets: { include } })).toEqual([]);
  });

  it('names a bad pattern beside everything else that is wrong with the targets', () => {
    const targets = { include: [{ region: '(', colour: 'red' }], exclude: { subAccount: '[' }, other: 1 };
    expect(
      issuesOf({ targets })
        .map(({ path }) => path)
        .sort(),
    ).toEqual([
      'targets.exclude.subAccount',
      'targets.include[0].colour',
      'targets.include[0].region',
      'targets.other',
    ]);
    for (const strange of [null, 1, [], { include: [null, 1, []] }, { include: 'x', exclude: 2 }]) {
      expect(issuesOf({ targets: strange })).not.toEqual([]);
    }
  });

  it('takes a pattern that would be catastrophic elsewhere: it runs in linear time', () => {
    expect(issuesOf({ targets: { include: [{ region: '(a+)+$' }] } })).toEqual([]);
  });
});

describe('a request to upgrade clusters', () => {
  it('gets the configured versions where it names none', () => {
    expect(cluster.parse({ ...ALL, kubernetes: { kubernetesVersion: '1.28.1', machineImage: '' } })).toEqual({
      ...parameters({ kubernetes: { kubernetesVersion: '1.28.1', machineImage: 'gardenlinux' } }),
      kyma: undefined,
    });
  });

  it('refuses to upgrade to nothing', () => {
    const withoutDefaults = upgradeClusterRequest({ kymaVersion: '2.20.5', kubernetes: {} });
    expect(issuesOf(ALL, withoutDefaults)).toMatchObject([{ path: 'kubernetes' }]);
  });

  it.each([
    { kubernetesVersion: '1' },
    { kubernetesVersion: '1.27.x' },
    { machineImage: 'a b' },
    { machineImageVersion: '-1' },
  ])('refuses %j', (kubernetes) => {
    const [name] = Object.keys(kubernetes);
    expect(issuesOf({ ...ALL, kubernetes }, cluster)).toMatchObject([{ path: `kubernetes.${name}` }]);
  });
});

it('A19: the schemas describe themselves in an OpenAPI 3.1 document, with examples', () => {
  const app = new OpenAPIHono();
  for (const [path, schema] of [
    ['/upgrade/kyma', kyma],
    ['/upgrade/cluster', cluster],
  ] as const) {
    app.openAPIRegistry.registerPath({
      method: 'post',
      path,
      request: { body: { content: { 'application/json': { schema } } } },
      responses: { 202: { description: 'accepted' } },
    });
  }
  const document = app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'test', version: '1' } });
  const text = JSON.stringify(document);
  expect(text).toContain('"additionalProperties":false');
  expect(text).toContain('"maintenanceWindow"');
  expect(text).toContain('"examples":[{"targets"');
});
