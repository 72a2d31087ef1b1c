import { KubeConfig } from '@kubernetes/client-node';
import { ConfigurationError } from '../../config/index.ts';

/** Reads a kubeconfig file. Throws ConfigurationError that names the variable it came from. */
export function readKubeconfig(file: string, variable: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  try {
    kubeConfig.loadFromFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError([`${variable} must name a kubeconfig file that can be read (${reason}).`], {
      cause: error,
    });
  }
  return kubeConfig;
}
