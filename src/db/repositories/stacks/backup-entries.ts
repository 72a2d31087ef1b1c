import { sql, type SQL } from 'drizzle-orm';

/**
 * The entries of a backup as the database makes them of its stacks. A stack is left out when it defines no instance (A93),
 * or when an instance of another stack uses an object that it creates (A94): an adopted one it did not create, and of one
 * that does not exist yet it is taken that it will. Of the users of an object the first and the last stack are enough to
 * know whether there is another one, however many share it.
 */
export function backupEntriesOf(backup: string): SQL {
  return sql`
    with defined as (
      select object.*, oplan.position as oplan_position
      from stack_objects as object
      join stack_oplans as oplan on oplan.stack = object.stack and oplan.label = object.label
      where not oplan.retired
    ), instances as (
      select stack,
             jsonb_agg(jsonb_build_object('name', name, 'state', condition, 'desired_state', desired, 'id', object_id)
                       order by oplan_position, position) as states
      from defined where obj_type = 'launchplan'
      group by stack
    ), users as (
      select obj_type, name, min(array[stack, instance]) as first, max(array[stack, instance]) as last
      from stack_uses group by obj_type, name
    ), needed as (
      select distinct on (defined.stack) defined.stack, defined.obj_type, defined.name,
             case when users.first[1] <> defined.stack then users.first else users.last end as by
      from defined join users on users.obj_type = defined.obj_type and users.name = defined.name
      where defined.owned is distinct from false
        and (users.first[1] <> defined.stack or users.last[1] <> defined.stack)
      order by defined.stack, defined.oplan_position, defined.position
    ), judged as (
      select stacks.name, stacks.definition, stacks.status, instances.states,
             case
               when instances.stack is null then 'It defines no instance, only other objects'
               when needed.stack is not null then
                 'It creates ' || needed.obj_type || ' ' || needed.name || ', which the instance ' || needed.by[2] ||
                 ' of the orchestration ' || needed.by[1] || ' uses'
             end as reason
      from stacks
      left join instances on instances.stack = stacks.name
      left join needed on needed.stack = stacks.name
    )
    select ${backup}::uuid, name, case when reason is null then definition end, status,
           case when reason is null then states end, reason
    from judged`;
}
