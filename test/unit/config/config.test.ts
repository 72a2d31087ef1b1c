import { describe, expect, it } from 'vitest';
import {
  apiConfig,
  ConfigurationError,
  describeSettings,
  loadConfig,
  workerConfig,
} from '../../../src/config/index.ts';

describe('the configuration', () => {
  it('stands on its defaults alone: embedded systems, port 8080, 40 runtimes (A10, A11: the default groups)', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({
      port: 8080,
      dataDir: '.drydock',
      oidc: {
        audience: 'drydock',
        groupsClaim: 'groups',
        adminGroup: 'runtimeAdmin',
        operatorGroup: 'runtimeOperator',
      },
      temporal: { namespace: 'default' },
      provisioner: { credentials: { kind: 'none' }, pollMs: 1_000 },
      operationTimeoutSeconds: 10_800,
      simulation: { fleetSize: 40, failureRate: 0 },
    });
    expect(
      config.databaseURL ?? config.temporal.connection ?? config.gardener ?? config.oidc.issuer,
    ).toBeUndefined();
  });

  it('has one lane without any cap but that of requests, or those that are named, in their order', () => {
    expect(loadConfig({}).lanes).toEqual([{ name: 'default', cap: 1_000 }]);
    expect(loadConfig({ LANES: 'normal:100, urgent:20' }).lanes).toEqual([
      { name: 'normal', cap: 100 },
      { name: 'urgent', cap: 20 },
    ]);
  });

  it('tells of what stands still for four hours, and sends to public addresses alone, unless it says otherwise', () => {
    expect(loadConfig({}).webhooks).toEqual({ networks: undefined, stalledHours: 4 });
    const { networks, stalledHours } = loadConfig({
      WEBHOOK_ALLOWED_NETWORKS: '10.0.0.0/8, fd00::/8',
      WEBHOOK_STALLED_HOURS: '12',
    }).webhooks;
    expect([networks?.length, stalledHours]).toEqual([2, 12]);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(loadConfig({ PORT: '', DATABASE_URL: ' ', LOG_LEVEL: '' })).toMatchObject({ port: 8080 });
  });

  it('A8, A10, A11: takes issuer, audience, groups claim and groups from the environment', () => {
    const { oidc } = loadConfig({
      OIDC_ISSUER: 'https://id.example.com/',
      OIDC_AUDIENCE: 'us',
      OIDC_GROUPS_CLAIM: 'roles',
      ADMIN_GROUP: 'admins',
      OPERATOR_GROUP: 'readers',
    });
    expect(oidc).toEqual({
      issuer: 'https://id.example.com/',
      audience: 'us',
      groupsClaim: 'roles',
      adminGroup: 'admins',
      operatorGroup: 'readers',
    });
  });

  it('takes the client and the secrets of sessions from the environment; without a client signing in is off', () => {
    expect(loadConfig({}).login).toEqual({ sessionHours: 8 });
    const [first, second] = ['a'.repeat(32), 'b'.repeat(44)];
    const client = { OIDC_CLIENT_ID: 'page', OIDC_CLIENT_SECRET: 'c', OIDC_SCOPE: 'openid groups' };
    const { login } = loadConfig({ ...client, SESSION_SECRET: `${first}, ${second}`, SESSION_HOURS: '1' });
    expect(login).toEqual({
      ...{ clientID: 'page', clientSecret: 'c', scope: 'openid groups' },
      ...{ sessionSecrets: [first, second], sessionHours: 1 },
    });
  });

  it('the API runs without a client, and with one only when it has a secret for sessions', () => {
    const others = {
      ...{ DATABASE_URL: 'postgres://h/d', TEMPORAL_ADDRESS: 't:7233', OIDC_ISSUER: 'https://id.example' },
    };
    expect(() => apiConfig(loadConfig(others))).not.toThrow();
    const client = { ...others, OIDC_CLIENT_ID: 'page' };
    expect(() => apiConfig(loadConfig(client))).toThrow(/^SESSION_SECRET must be set for `npm run api`/);
    expect(() => apiConfig(loadConfig({ ...client, SESSION_SECRET: 'a'.repeat(32) }))).not.toThrow();
  });

  it('reads what @temporalio/envconfig reads', () => {
    expect(
      loadConfig({ TEMPORAL_ADDRESS: 't:7233', TEMPORAL_NAMESPACE: 'n', TEMPORAL_API_KEY: 'k' }).temporal,
    ).toMatchObject({
      connection: { address: 't:7233', apiKey: 'k', tls: true },
      namespace: 'n',
    });
  });

  it('looks 10 seconds apart at a real Provisioner', () => {
    expect(loadConfig({ PROVISIONER_URL: 'https://p.example.com/graphql' }).provisioner.pollMs).toBe(10_000);
  });

  it('keeps the objects of stacks in the database unless told otherwise', () => {
    expect(loadConfig({}).stacks).toEqual({
      driver: 'simulated',
      kubeconfig: undefined,
      namespace: 'drydock-stacks',
      monitorSeconds: 10,
      objectTimeoutSeconds: 1_800,
    });
  });

  it('takes the kubeconfig of stacks from STACKS_KUBECONFIG, and else that of the Gardener project', () => {
    const gardener = { STACK_DRIVER: 'kubernetes', KUBECONFIG: '/k', GARDENER_NAMESPACE: 'g' };
    expect(loadConfig(gardener).stacks).toMatchObject({ driver: 'kubernetes', kubeconfig: '/k' });
    expect(loadConfig({ ...gardener, STACKS_KUBECONFIG: '/s' }).stacks.kubeconfig).toBe('/s');
  });

  it('refuses to run workers for stacks on Kubernetes without a kubeconfig, in one message', () => {
    const others = {
      DATABASE_URL: 'postgres://h/d',
      TEMPORAL_ADDRESS: 't:7233',
      PROVISIONER_URL: 'http://p',
    };
    const missing = (env: Record<string, string>) => () => workerConfig(loadConfig({ ...others, ...env }));
    expect(missing({ STACK_DRIVER: 'kubernetes' })).toThrow(/^KUBECONFIG, STACKS_KUBECONFIG must be set/);
    expect(missing({})).toThrow(/^KUBECONFIG must be set/);
  });

  it.each([
    [{ STACK_DRIVER: 'docker' }, 'STACK_DRIVER must be one of simulated, kubernetes.'],
    [{ STACK_MONITOR_SECONDS: '0' }, 'STACK_MONITOR_SECONDS must be a whole number from 1 to 86400.'],
    ...['urgent', 'a:1:2', 'a:1,', ':5,b'].map((lanes): [Record<string, string>, string] => [
      { LANES: lanes },
      lanes.startsWith(':')
        ? 'LANES must have other names: each must consist of 1 to 40 lower case letters, digits and "-".'
        : 'LANES must be a list like default:100,urgent:20.',
    ]),
    [{ LANES: 'a:0' }, 'LANES must have caps that are whole numbers from 1 to 1,000.'],
    [{ LANES: 'a:1001' }, 'LANES must have caps that are whole numbers from 1 to 1,000.'],
    [{ LANES: 'a:1e2' }, 'LANES must have caps that are whole numbers from 1 to 1,000.'],
    [{ LANES: 'a:1,a:2' }, 'LANES must name the lane a once.'],
    [{ LANES: 'a:1,b:1,c:1,d:1,e:1,f:1,g:1,h:1,i:1,j:1,k:1' }, 'LANES must not have more than 10 lanes.'],
    [{ PORT: '80801' }, 'PORT must be a whole number from 0 to 65535.'],
    [{ PORT: '1e3' }, 'PORT must be a whole number from 0 to 65535.'],
    [{ DATABASE_URL: 'mysql://u:secret@h/d' }, 'DATABASE_URL must be a URL that begins with postgres://.'],
    ...['drydock.example', 'ftp://x', 'https://', 'https://u:p@x', 'https://x/?a', 'https://x/#a'].map(
      (url): [Record<string, string>, string] => [
        { PUBLIC_URL: url },
        'PUBLIC_URL must be a URL like https://drydock.example or https://example.com/drydock.',
      ],
    ),
    [{ OIDC_ISSUER: 'id.example.com' }, 'OIDC_ISSUER must be a URL that begins with http:// or https://.'],
    ...['short', `${'a'.repeat(32)},`, `${'a'.repeat(31)}, ${'b'.repeat(32)}`].map(
      (secret): [Record<string, string>, string] => [
        { SESSION_SECRET: secret },
        'SESSION_SECRET must be secrets of at least 32 bytes with commas between, as `openssl rand -base64 32` makes them.',
      ],
    ),
    [{ SESSION_HOURS: '25' }, 'SESSION_HOURS must be a whole number from 1 to 24.'],
    [{ OIDC_SCOPE: 'profile' }, 'OIDC_SCOPE must be a list with blanks between, and have openid.'],
    [
      { METRICS_ADDRESS: 'localhost:9464' },
      'METRICS_ADDRESS must be an IP address and a port, like 0.0.0.0:9464.',
    ],
    ...['10.0.0.1/40', 'localhost', '10.0.0.0/8;fd00::/8'].map(
      (networks): [Record<string, string>, string] => [
        { WEBHOOK_ALLOWED_NETWORKS: networks },
        'WEBHOOK_ALLOWED_NETWORKS must be networks with commas between, as 10.0.0.0/8,fd00::/8.',
      ],
    ),
    [{ WEBHOOK_STALLED_HOURS: '0' }, 'WEBHOOK_STALLED_HOURS must be a whole number from 1 to 720.'],
    [{ LOG_FORMAT: 'xml' }, 'LOG_FORMAT must be one of json, pretty.'],
    [{ DRYDOCK_SIM_FAILURE_RATE: '1.5' }, 'DRYDOCK_SIM_FAILURE_RATE must be a number from 0 to 1.'],
    [{ DRYDOCK_FLEET_SIZE: '-1' }, 'DRYDOCK_FLEET_SIZE must be a whole number from 0 to 1000000.'],
    [
      { PORT: 'x', LOG_LEVEL: 'loud' },
      'PORT must be a whole number from 0 to 65535.\nLOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent.',
    ],
  ])('names each variable that is wrong, and never its value: %j', (env, message) => {
    expect(() => loadConfig(env)).toThrow(new ConfigurationError(message.split('\n')));
  });

  it.each([
    [{ KUBECONFIG: '/k' }, /^GARDENER_NAMESPACE must name/],
    [{ PROVISIONER_CLIENT_ID: 'c' }, /belong together/],
    [{ PROVISIONER_TOKEN: 't', PROVISIONER_CLIENT_ID: 'c' }, /cannot both be set/],
    [{ TEMPORAL_CONFIG_FILE: '/does/not/exist.toml', TEMPORAL_PROFILE: 'x' }, /^The settings for Temporal/],
  ])('refuses settings that do not go together: %j', (env, message) => {
    expect(() => loadConfig(env)).toThrow(message);
  });

  it.each([
    ['', undefined],
    ['https://drydock.example', 'https://drydock.example'],
    ['HTTP://Drydock.example:80/', 'http://drydock.example'],
    ['https://example.com:8443/fleet/drydock//', 'https://example.com:8443/fleet/drydock'],
  ])('reads PUBLIC_URL %j without a slash at its end', (given, read) => {
    expect(loadConfig({ PUBLIC_URL: given }).publicURL).toBe(read);
  });

  it('describes every setting once', () => {
    const names = describeSettings().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['PORT', 'TEMPORAL_ADDRESS', 'DRYDOCK_FLEET_SIZE']));
    for (const { meaning } of describeSettings()) expect(meaning).toMatch(/\.$/);
  });
});
