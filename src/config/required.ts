/** Settings that the single services need; the embedded default fills in those that are not given. */
import { ConfigurationError } from './configuration-error.ts';
import type { Config } from './index.ts';

/** A configuration that the REST API can run with. */
export type APIConfig = Config & {
  databaseURL: string;
  temporal: { connection: NonNullable<Config['temporal']['connection']> };
  oidc: { issuer: string };
};

/** A configuration that the workers can run with. */
export type WorkerConfig = Config & {
  databaseURL: string;
  temporal: { connection: NonNullable<Config['temporal']['connection']> };
  gardener: NonNullable<Config['gardener']>;
  overrides: { kubeconfig: string };
  provisioner: { url: string };
  stacks: { driver: 'simulated' } | { driver: 'kubernetes'; kubeconfig: string };
};

const NEEDED = {
  DATABASE_URL: (config: Config) => config.databaseURL,
  TEMPORAL_ADDRESS: (config: Config) => config.temporal.connection,
  OIDC_ISSUER: (config: Config) => config.oidc.issuer,
  SESSION_SECRET: ({ login }: Config) => (login.clientID === undefined ? 'not needed' : login.sessionSecrets),
  KUBECONFIG: (config: Config) => config.gardener,
  PROVISIONER_URL: (config: Config) => config.provisioner.url,
  STACKS_KUBECONFIG: ({ stacks }: Config) =>
    stacks.driver === 'kubernetes' ? stacks.kubeconfig : 'not needed',
};

/** Throws ConfigurationError that names what is missing. */
export function apiConfig(config: Config): APIConfig {
  demand(config, 'npm run api', ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'OIDC_ISSUER', 'SESSION_SECRET']);
  return config as APIConfig;
}

/** Throws ConfigurationError that names what is missing. */
export function workerConfig(config: Config): WorkerConfig {
  // The kubeconfigs of the overrides and of the stacks are that of the Gardener project unless told otherwise.
  demand(config, 'npm run worker', [
    'DATABASE_URL',
    'TEMPORAL_ADDRESS',
    'KUBECONFIG',
    'PROVISIONER_URL',
    'STACKS_KUBECONFIG',
  ]);
  return config as WorkerConfig;
}

function demand(config: Config, command: string, names: (keyof typeof NEEDED)[]): void {
  const missing = names.filter((name) => NEEDED[name](config) === undefined);
  if (missing.length === 0) return;
  throw new ConfigurationError([
    `${missing.join(', ')} must be set for \`${command}\`; \`npm start\` needs none of them and brings its own.`,
  ]);
}
