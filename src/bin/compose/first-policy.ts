import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ConfigurationError } from '../../config/index.ts';
import type { PolicyRepository } from '../../db/repositories/upgrades/policy-repository.ts';
import { parseMaintenancePolicy } from '../../domain/upgrades/policy-schema.ts';

/**
 * Stores the maintenance policy of a file, YAML or JSON, where none was stored yet; later changes come by the API alone. Answers
 * whether it was stored. Throws ConfigurationError for a file that can't be read or holds no policy, whether it is needed or not.
 */
export async function storeFirstPolicy(
  policies: Pick<PolicyRepository, 'current' | 'add'>,
  file: string,
  now: string,
): Promise<boolean> {
  const { policy, issues } = parseMaintenancePolicy(read(file));
  if (issues) {
    const wrong = issues.map(({ path, message }) => `${path} ${message}`.trim());
    throw new ConfigurationError([
      `MAINTENANCE_POLICY_FILE: ${file} holds no maintenance policy: ${wrong.join('; ')}.`,
    ]);
  }
  if (await policies.current()) return false;
  // Another worker that starts at the same time may be faster.
  const change = { after: 0, changedBy: 'drydock', reason: `From the file ${file}`, now };
  return (await policies.add(policy, change)) !== undefined;
}

function read(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError([`MAINTENANCE_POLICY_FILE: ${file} can't be read: ${why}.`], {
      cause: error,
    });
  }
}
