/** The parameters sent to the Provisioner for one operation, as the operation's detail shows them (A57). */

import { cleanJson } from '../texts.ts';

/** One override. A secret one never leaves the activity with its value. */
export interface ConfigEntry {
  key: string;
  value: string;
  secret: boolean;
}

export interface KymaComponent {
  component: string;
  namespace: string;
  configuration: ConfigEntry[];
}

export interface KymaConfig {
  version: string;
  components: KymaComponent[];
  configuration: ConfigEntry[];
}

export interface ClusterConfig {
  kubernetesVersion?: string;
  machineImage?: string;
  machineImageVersion?: string;
}

/** Exactly one of the two is set, by the type of the orchestration. */
export interface OperationConfig {
  kymaConfig?: KymaConfig;
  clusterConfig?: ClusterConfig;
}

/** Stands in place of a secret value, wherever it is shown or stored. */
export const MASKED = '********';

/**
 * The configuration as it is stored and shown: every secret value replaced, every text clean. What is sent keeps its
 * values as they are, whatever they are.
 */
export function maskSecrets(config: OperationConfig): OperationConfig {
  if (!config.kymaConfig) return config;
  const mask = (entries: ConfigEntry[]): ConfigEntry[] =>
    entries.map((entry) => (entry.secret ? { ...entry, value: MASKED } : entry));
  return cleanJson({
    ...config,
    kymaConfig: {
      ...config.kymaConfig,
      configuration: mask(config.kymaConfig.configuration),
      components: config.kymaConfig.components.map((component) => ({
        ...component,
        configuration: mask(component.configuration),
      })),
    },
  });
}
