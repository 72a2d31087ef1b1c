import { sql } from 'drizzle-orm';

/** The version that the request asks for, in words, of the alias `o` of orchestrations; null without one. Parameters as a whole may be large. */
export const VERSION = sql`coalesce(o.parameters #>> '{kyma,version}', nullif(concat_ws(', ', o.parameters #>> '{kubernetes,kubernetesVersion}',
    nullif(concat_ws(' ', o.parameters #>> '{kubernetes,machineImage}', o.parameters #>> '{kubernetes,machineImageVersion}'), '')), ''))`;

/** The name of an orchestration for people, of the alias `o`. */
export const NAMED = sql`o.id as "orchestrationID", o.type, coalesce((o.parameters ->> 'dryRun')::boolean, false) as "isDryRun", ${VERSION} as version`;
