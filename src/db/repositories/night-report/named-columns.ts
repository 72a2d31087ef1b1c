import { sql } from 'drizzle-orm';

/** What names an orchestration to people, of the alias `o`. Its parameters as a whole may be large. */
export const NAMED = sql`o.id as "orchestrationID", o.type, coalesce((o.parameters ->> 'dryRun')::boolean, false) as "isDryRun",
  coalesce(o.parameters #>> '{kyma,version}', nullif(concat_ws(', ', o.parameters #>> '{kubernetes,kubernetesVersion}',
    nullif(concat_ws(' ', o.parameters #>> '{kubernetes,machineImage}', o.parameters #>> '{kubernetes,machineImageVersion}'), '')), '')) as version`;
