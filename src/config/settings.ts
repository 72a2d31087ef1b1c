/** Every setting once: its name, what it means, its default, and how its text is read. README's table comes from here. */
import { z } from 'zod';
import { parseNetwork, type Network } from '../domain/webhooks/permitted-addresses.ts';
import { laneList } from './lane-list.ts';

interface Setting<T extends z.ZodType> {
  /** Its purpose; shown in the README. */
  meaning: string;
  /** As shown in the README; empty when there is none. */
  shownDefault: string;
  /** Reads the text of the variable; `undefined` when it is not set. */
  schema: T;
}

/** An optional text: a message that says what it must be goes with the check, never the value, which may be secret. */
function text(
  meaning: string,
  check?: { pattern: RegExp; must: string },
  shownDefault = '',
): Setting<z.ZodOptional<z.ZodString>> {
  const schema = check ? z.string().regex(check.pattern, check.must) : z.string();
  return { meaning, shownDefault, schema: schema.optional() };
}

function textOr(fallback: string, meaning: string): Setting<z.ZodDefault<z.ZodString>> {
  return { meaning, shownDefault: fallback, schema: z.string().default(fallback) };
}

function oneOf<const V extends readonly [string, ...string[]]>(
  values: V,
  meaning: string,
  shownDefault: string,
): Setting<z.ZodOptional<z.ZodEnum<{ [K in V[number]]: K }>>> {
  const schema = z.enum(values, `must be one of ${values.join(', ')}`);
  return { meaning, shownDefault, schema: schema.optional() };
}

function number(limits: {
  least: number;
  most: number;
  whole: boolean;
}): z.ZodPipe<z.ZodString, z.ZodTransform<number, string>> {
  const { least, most, whole } = limits;
  const must = `must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}`;
  return z.string().transform((value, context) => {
    const read = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
    if (read >= least && read <= most && (!whole || Number.isInteger(read))) return read;
    context.addIssue({ code: 'custom', message: must });
    return z.NEVER;
  });
}

function numberOr(
  fallback: number,
  limits: { least: number; most: number; whole?: boolean },
  meaning: string,
): Setting<z.ZodDefault<ReturnType<typeof number>>> {
  return {
    meaning,
    shownDefault: String(fallback),
    schema: number({ whole: true, ...limits }).default(fallback),
  };
}

const WEB = { pattern: /^https?:\/\/[^\s/]/, must: 'must be a URL that begins with http:// or https://' };
const DAY = 86_400;

/** Without a slash at its end: paths are put behind it. */
const baseURL = z.string().transform((value, context) => {
  const url = /^https?:\/\//i.test(value) && URL.canParse(value) ? new URL(value) : null;
  const isPlain = url !== null && !/[?#]/.test(value) && url.username === '' && url.password === '';
  if (isPlain) return url.href.replace(/\/+$/, '');
  const message = 'must be a URL like https://drydock.example or https://example.com/drydock';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** With commas between. */
const networkList = z.string().transform((value, context): Network[] => {
  try {
    return value.split(',').map((network) => parseNetwork(network.trim()));
  } catch {
    const message = 'must be networks with commas between, as 10.0.0.0/8,fd00::/8';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
});

const LEAST_SECRET_BYTES = 32;

/** The first is used, every one counts. */
const sessionSecrets = z.string().transform((value, context): [string, ...string[]] => {
  const [first = '', ...others] = value.split(',').map((secret) => secret.trim());
  const areLong = [first, ...others].every((secret) => Buffer.byteLength(secret) >= LEAST_SECRET_BYTES);
  if (areLong) return [first, ...others];
  const message = `must be secrets of at least ${LEAST_SECRET_BYTES} bytes with commas between, as \`openssl rand -base64 32\` makes them`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

export const SETTINGS = {
  PORT: numberOr(8080, { least: 0, most: 65_535 }, 'Port of the REST API; 0 takes a free one.'),
  HOST: textOr('127.0.0.1', 'Address that the REST API listens on; `0.0.0.0` for every network.'),
  PUBLIC_URL: {
    meaning: 'URL that clients reach the REST API by, where it stands behind a proxy: links begin with it.',
    shownDefault: 'that of the request',
    schema: baseURL.optional(),
  },
  TEMPORAL_UI_URL: {
    meaning: "URL of Temporal's Web UI, to which the page links; without it there are no such links.",
    shownDefault: 'that of the embedded Temporal server',
    schema: baseURL.optional(),
  },
  DRYDOCK_DATA_DIR: textOr('.drydock', 'Folder of the embedded default: its databases, keys and logs.'),
  DATABASE_URL: text(
    'PostgreSQL, as `postgres://user:password@host:5432/database`.',
    { pattern: /^postgres(ql)?:\/\/[^\s/]/, must: 'must be a URL that begins with postgres://' },
    'embedded PostgreSQL',
  ),
  OIDC_ISSUER: text('Issuer of the ID tokens, as it stands in their claim `iss`.', WEB, 'local issuer'),
  OIDC_AUDIENCE: textOr('drydock', 'Audience that an ID token must be made for.'),
  OIDC_GROUPS_CLAIM: textOr('groups', 'Claim that lists the groups of the caller.'),
  OIDC_CLIENT_ID: text(
    'Client at the issuer by which people sign in with a browser; it returns to `/auth/callback`.',
    undefined,
    'signing in is off; a client of the local issuer',
  ),
  OIDC_CLIENT_SECRET: text('Secret of that client; a public client has none.'),
  OIDC_SCOPE: text(
    'Scopes that it asks for.',
    { pattern: /^(\S+ )*openid( \S+)*$/, must: 'must be a list with blanks between, and have openid' },
    '`openid`, and `profile` and `groups` where offered',
  ),
  SESSION_SECRET: {
    meaning:
      'Encrypts the cookies of sessions: at least 32 bytes. Several with commas between: the first is used, the others still count.',
    shownDefault: 'needed with OIDC_CLIENT_ID; `npm start` makes one',
    schema: sessionSecrets.optional(),
  },
  SESSION_HOURS: numberOr(
    8,
    { least: 1, most: 24 },
    'Hours after which a session ends, and groups are read anew by signing in again.',
  ),
  ADMIN_GROUP: textOr('runtimeAdmin', 'Group that may create, cancel, retry and read.'),
  OPERATOR_GROUP: textOr('runtimeOperator', 'Group that may read.'),
  KUBECONFIG: text(
    'Kubeconfig file of the Gardener project that holds the Shoots.',
    undefined,
    'simulated landscape',
  ),
  GARDENER_NAMESPACE: text(
    'Namespace of the Gardener project, such as `garden-kyma`. Needed with KUBECONFIG.',
  ),
  INSTANCE_ID_LABEL: textOr(
    'kyma-project.io/instance-id',
    "Label of a Shoot that holds the runtime's instance ID.",
  ),
  PLAN_ID_LABEL: textOr(
    'kyma-project.io/broker-plan-id',
    'Label of a Shoot that holds the ID of the service plan.',
  ),
  PLAN_NAME_LABEL: textOr(
    'kyma-project.io/broker-plan-name',
    'Label of a Shoot that holds the name of the service plan.',
  ),
  OVERRIDES_KUBECONFIG: text(
    'Kubeconfig file of the cluster that holds the overrides.',
    undefined,
    'KUBECONFIG',
  ),
  OVERRIDES_NAMESPACE: textOr('kcp-system', 'Namespace of the ConfigMaps and Secrets with overrides.'),
  PROVISIONER_URL: text('GraphQL endpoint of the Runtime Provisioner.', WEB, 'simulated landscape'),
  PROVISIONER_TOKEN: text('Bearer token for the Provisioner.'),
  PROVISIONER_OAUTH_TOKEN_URL: text(
    'Token endpoint for the Provisioner (OAuth 2 client credentials), in place of PROVISIONER_TOKEN.',
    WEB,
  ),
  PROVISIONER_CLIENT_ID: text('Client ID for that endpoint.'),
  PROVISIONER_CLIENT_SECRET: text('Client secret for that endpoint.'),
  UPGRADER: {
    meaning: 'Carries upgrades of clusters out: `provisioner`, or `gardener` itself, by changes of Shoots.',
    shownDefault: 'provisioner',
    schema: z
      .enum(['provisioner', 'gardener'], 'must be one of provisioner, gardener')
      .default('provisioner'),
  },
  GARDENER_HEALTHY_SECONDS: {
    meaning: 'Seconds of unbroken health after which an upgrade by Gardener itself counts as done.',
    shownDefault: '120; 2 with the simulated landscape',
    schema: number({ least: 0, most: 3_600, whole: true }).optional(),
  },
  PROVISIONER_POLL_SECONDS: {
    meaning: 'Seconds between two looks at an operation of the Provisioner, or at a Shoot under upgrade.',
    shownDefault: '10; 1 with the simulated landscape',
    schema: number({ least: 0.05, most: 3_600, whole: false }).optional(),
  },
  KYMA_VERSION: textOr('2.20.5', 'Kyma version of a request that names none.'),
  KUBERNETES_VERSION: textOr('1.33.4', 'Kubernetes version of a cluster upgrade that names none.'),
  MACHINE_IMAGE: text('Machine image of a cluster upgrade that names none.', undefined, 'left as it is'),
  MACHINE_IMAGE_VERSION: text('Version of the machine image, likewise.', undefined, 'left as it is'),
  COMPONENTS_DIR: text(
    'Folder with a file `<Kyma version>.yaml` per version: its components.',
    undefined,
    'a list that ships',
  ),
  MAINTENANCE_POLICY_FILE: text(
    'YAML or JSON file with the maintenance policy of the first start; later ones come by the API.',
    undefined,
    'none',
  ),
  LANES: {
    meaning: 'Lanes, each with the workers that an orchestration in it may have; by default the first.',
    shownDefault: 'default:1000',
    schema: laneList,
  },
  OPERATION_TIMEOUT_SECONDS: numberOr(
    10_800,
    { least: 1, most: 7 * DAY },
    'Seconds that one upgrade may take, from its start.',
  ),
  HEARTBEAT_SECONDS: {
    meaning: 'Seconds of silence after which a worker counts as dead.',
    shownDefault: '30; 10 with the embedded Temporal server',
    schema: number({ least: 2, most: 3_600, whole: true }).optional(),
  },
  RECONCILE_SECONDS: numberOr(
    180,
    { least: 5, most: DAY },
    'Seconds between two comparisons of database and engine.',
  ),
  FLEET_READ_SECONDS: numberOr(
    300,
    { least: 5, most: DAY },
    'Seconds between two reads of the inventory for `GET /runtimes` and `GET /fleet`.',
  ),
  STACK_DRIVER: {
    meaning: 'Where the objects of stacks are made: `simulated` (in the database) or `kubernetes`.',
    shownDefault: 'simulated',
    schema: z.enum(['simulated', 'kubernetes'], 'must be one of simulated, kubernetes').default('simulated'),
  },
  STACKS_KUBECONFIG: text(
    'Kubeconfig file of the cluster that the driver `kubernetes` uses.',
    undefined,
    'KUBECONFIG',
  ),
  STACKS_NAMESPACE: textOr('drydock-stacks', 'Namespace of the objects of stacks in that cluster.'),
  STACK_MONITOR_SECONDS: numberOr(
    10,
    { least: 1, most: DAY },
    'Seconds between two looks at the instances of stacks.',
  ),
  STACK_OBJECT_TIMEOUT_SECONDS: numberOr(
    1_800,
    { least: 1, most: 7 * DAY },
    'Seconds that one object of a stack may take to get ready, or to end.',
  ),
  METRICS_ADDRESS: text(
    'IP address and port at which a process with workers serves their metrics, as `0.0.0.0:9464`.',
    {
      pattern: /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-fA-F:]+\]):\d{1,5}$/,
      must: 'must be an IP address and a port, like 0.0.0.0:9464',
    },
    'off',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: text('Base URL of a collector of traces, by OTLP over HTTP.', WEB, 'off'),
  WEBHOOK_ALLOWED_NETWORKS: {
    meaning:
      'Networks that webhooks may be sent to besides public addresses, by http, too, as `10.0.0.0/8,fd00::/8`.',
    shownDefault: 'none; `127.0.0.0/8,::1/128` with `npm start`',
    schema: networkList.optional(),
  },
  WEBHOOK_STALLED_HOURS: numberOr(
    4,
    { least: 1, most: 720 },
    'Hours without progress after which webhooks are told that an orchestration stands still.',
  ),
  LOG_LEVEL: {
    meaning: 'Least severe messages to log: trace, debug, info, warn, error, fatal or silent.',
    shownDefault: 'info',
    schema: z
      .enum(
        ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
        'must be one of trace, debug, info, warn, error, fatal, silent',
      )
      .default('info'),
  },
  LOG_FORMAT: oneOf(['json', 'pretty'], 'How messages are written.', 'json; pretty with `npm start`'),
  DRYDOCK_FLEET_SIZE: numberOr(40, { least: 0, most: 1_000_000 }, 'Runtimes in the simulated landscape.'),
  DRYDOCK_SIM_UPGRADE_SECONDS: numberOr(
    4,
    { least: 0, most: DAY, whole: false },
    'Seconds that a simulated upgrade takes, on average.',
  ),
  DRYDOCK_SIM_FAILURE_RATE: numberOr(
    0,
    { least: 0, most: 1, whole: false },
    'Share of the simulated upgrades that fail, from 0 to 1.',
  ),
} satisfies Record<string, Setting<z.ZodType>>;

/** Read by @temporalio/envconfig, listed here for the documents. */
const TEMPORAL_SETTINGS: [name: string, shownDefault: string, meaning: string][] = [
  ['TEMPORAL_ADDRESS', 'embedded Temporal server', 'Temporal cluster, as `host:7233`.'],
  ['TEMPORAL_NAMESPACE', 'default', 'Namespace in that cluster.'],
  ['TEMPORAL_API_KEY', '', 'API key; switches TLS on.'],
  ['TEMPORAL_TLS', '', '`true` for TLS with the public certificate authorities.'],
  ['TEMPORAL_TLS_CLIENT_CERT_PATH', '', 'Client certificate for mTLS (PEM file).'],
  ['TEMPORAL_TLS_CLIENT_KEY_PATH', '', 'Its private key.'],
  ['TEMPORAL_TLS_SERVER_CA_CERT_PATH', '', "Certificate authority of the cluster's certificate."],
  ['TEMPORAL_TLS_SERVER_NAME', '', "Name in the cluster's certificate, where it differs from the address."],
  ['TEMPORAL_CONFIG_FILE', '', 'TOML file with these values, in place of single variables.'],
  ['TEMPORAL_PROFILE', 'default', 'Profile in that file.'],
];

/** One row of the table of settings. */
export interface SettingDescription {
  name: string;
  /** Empty when there is none. */
  default: string;
  meaning: string;
}

/** Every setting with its default and meaning, in the order of the README. */
export function describeSettings(): SettingDescription[] {
  const own = Object.entries(SETTINGS).map(([name, { shownDefault, meaning }]) => ({
    name,
    default: shownDefault,
    meaning,
  }));
  const temporal = TEMPORAL_SETTINGS.map(([name, shown, meaning]) => ({ name, default: shown, meaning }));
  const after = own.findIndex(({ name }) => name === 'DATABASE_URL') + 1;
  return [...own.slice(0, after), ...temporal, ...own.slice(after)];
}
