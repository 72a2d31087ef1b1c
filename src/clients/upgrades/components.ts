import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { FinalError } from '../../domain/errors.ts';

/** A component of Kyma and the namespace it is installed into. */
export interface KymaComponentRef {
  component: string;
  namespace: string;
}

const fileSchema = z.strictObject({
  defaultNamespace: z.string().min(1).default('kyma-system'),
  components: z
    .array(z.strictObject({ name: z.string().min(1), namespace: z.string().min(1).optional() }))
    .min(1),
});

const DEFAULT_LIST = 'default';

/**
 * Reads the component lists of a folder, `<version>.yaml` each, once. `default.yaml`, when there is one, serves every
 * version without a list of its own. The answer throws FinalError COMPONENTS_MISSING for a version without a list.
 * Throws an Error that names the file when one is unreadable.
 */
export function loadComponents(dir: string): (version: string) => KymaComponentRef[] {
  const lists = new Map<string, KymaComponentRef[]>();
  for (const file of readdirSync(dir)) {
    if (file.endsWith('.yaml')) lists.set(file.slice(0, -'.yaml'.length), readList(join(dir, file)));
  }
  return (version) => {
    const list = lists.get(version) ?? lists.get(DEFAULT_LIST);
    if (list) return list;
    throw new FinalError(
      'COMPONENTS_MISSING',
      `No component list exists for Kyma version "${version}"; add ${version}.yaml or default.yaml to the folder of component lists (COMPONENTS_DIR)`,
    );
  };
}

function readList(path: string): KymaComponentRef[] {
  try {
    const { components, defaultNamespace } = fileSchema.parse(parse(readFileSync(path, 'utf8')));
    return components.map(({ name, namespace }) => ({
      component: name,
      namespace: namespace ?? defaultNamespace,
    }));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new Error(`The component list ${path} cannot be read; correct it: ${why}`, { cause: error });
  }
}
