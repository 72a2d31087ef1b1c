import { sql } from 'drizzle-orm';
import { folderOf } from '../../../domain/stacks/multipart-name.ts';
import { objectsOf } from '../../../domain/stacks/prepared-plan.ts';
import type { Oplan, PreparedDefinition } from '../../../domain/stacks/definition.ts';
import type { Drizzle } from '../../connection.ts';

/** A connection, or a transaction on one. */
export type Executor = Pick<Drizzle, 'execute'>;

/**
 * Writes the plans of a definition with these labels and their objects, as absent. Plans that exist get the new
 * position, policy and needs, and are no longer retired; objects of theirs that exist stay as they are. However many
 * objects there are, each statement has the same text.
 */
export async function writePlans(
  db: Executor,
  { definition, plan }: PreparedDefinition,
  labels: ReadonlySet<string>,
  now: string,
): Promise<void> {
  const stack = definition.name;
  const oplans = plan.oplans
    .map(({ label, objType, haPolicy, needs, digest }, position) => ({
      label,
      position,
      obj_type: objType,
      ha_policy: haPolicy,
      needs,
      digest,
    }))
    .filter(({ label }) => labels.has(label));
  await db.execute(sql`
    insert into stack_oplans (stack, label, position, obj_type, ha_policy, needs, digest, retired)
    select ${stack}::text, label, position, obj_type, ha_policy, needs, digest, false
    from jsonb_to_recordset(${JSON.stringify(oplans)}::jsonb)
      as oplan(label text, position int, obj_type text, ha_policy text, needs jsonb, digest text)
    on conflict (stack, label) do update
    set position = excluded.position, obj_type = excluded.obj_type, ha_policy = excluded.ha_policy,
        needs = excluded.needs, digest = excluded.digest, retired = false`);
  const objects = definition.oplans.filter(({ label }) => labels.has(label)).flatMap(objectRows);
  await db.execute(sql`
    insert into stack_objects (stack, label, name, position, obj_type, container, folder, spec, condition, condition_at,
                               desired, done_for)
    select ${stack}::text, label, name, position, obj_type, container, folder, spec, 'absent', ${now}::timestamptz,
           'running', 0
    from jsonb_to_recordset(${JSON.stringify(objects)}::jsonb)
      as object(label text, name text, position int, obj_type text, container text, folder text, spec jsonb)
    on conflict (stack, label, name) do update
    set position = excluded.position, obj_type = excluded.obj_type, spec = excluded.spec
    where stack_objects.condition = 'absent'`);
}

function objectRows(oplan: Oplan): Record<string, unknown>[] {
  return objectsOf(oplan).map((spec, position) => ({
    label: oplan.label,
    name: spec.name,
    position,
    obj_type: oplan.obj_type,
    ...folderOf(spec.name),
    spec,
  }));
}

/** Replaces what the instances of a stack use. */
export async function writeUses(
  db: Executor,
  { definition: { name }, uses }: PreparedDefinition,
): Promise<void> {
  await db.execute(sql`delete from stack_uses where stack = ${name}`);
  if (uses.length === 0) return;
  const rows = uses.map(({ instance, objType, name: used }) => ({ instance, obj_type: objType, name: used }));
  await db.execute(sql`
    insert into stack_uses (stack, instance, obj_type, name)
    select ${name}::text, instance, obj_type, name
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as used(instance text, obj_type text, name text)
    on conflict do nothing`);
}
