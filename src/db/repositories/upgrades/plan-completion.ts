import { sql } from 'drizzle-orm';
import type { Pause } from '../../../domain/upgrades/rollout-control.ts';
import type { Drizzle } from '../../connection.ts';
import type { CompletedPlan } from './plan-repository.ts';

const BY = 'drydock';
const PAUSED = 'The fleet differs from the plan that it was created with';

/** The statement of `OrchestrationRepository.planned`. */
export async function completePlan(db: Drizzle, id: string, plan: CompletedPlan): Promise<boolean> {
  const { count, notSelected, changed, now } = plan;
  const reasons = Object.entries(plan.leftOut);
  const leftOut = reasons.reduce((sum, [, shoots]) => sum + shoots, 0);
  const description = `Scheduled ${count} operations`;
  const named = reasons.map(([reason, shoots]) => `${shoots} ${reason}`);
  const reason = `${description}${named.length > 0 ? `; left out: ${named.join(', ')}` : ''}`;
  const pause: Pause = { code: 'plan-changed', by: BY, reason: changed?.reason ?? '', since: now };
  const pauses = JSON.stringify(changed?.pauses ? [pause] : []);
  const [completed] = await db.execute(sql`
    with written as (
      select count(*) as operations, coalesce(max(position) + 1, 0) as positions
      from operations where orchestration_id = ${id}
    ), left_out as (
      select count(*) as shoots, coalesce(max(position) + 1, 0) as positions
      from left_out_shoots where owner_id = ${id}
    ), unselected as (
      select coalesce(sum(cardinality(runtime_ids)), 0) as runtimes from unselected_runtimes where owner_id = ${id}
    ), changed as (
      update orchestrations
      set planned_count = ${count}, excluded = ${JSON.stringify({ counts: plan.leftOut })}::jsonb,
          description = ${description}, policy_version = ${plan.policyVersion}, freezes_version = ${plan.policyVersion}, windows_until = ${plan.windowsUntil},
          budget_max = ${plan.budgetMax},
          plan_changes = ${changed ? JSON.stringify(changed.changes) : null}::jsonb,
          pauses = pauses || ${pauses}::jsonb, revision = revision + jsonb_array_length(${pauses}::jsonb),
          updated_at = ${now}
      from written, left_out, unselected
      where id = ${id} and state = 'in progress' and planned_count is null
        and written.operations = ${count} and written.positions = ${count}
        and left_out.shoots = ${leftOut} and left_out.positions = ${leftOut} and unselected.runtimes = ${notSelected}
      returning id
    ), in_waves as (
      insert into waves (orchestration_id, number, name, size, workers, soak_minutes, approval, budget_max, phase, opened_at)
      select changed.id, w."number", w.name, w.size, w.workers, w."soakMinutes", nullif(w.approval, 'null'::jsonb), w."budgetMax",
             case w."number" when 0 then 'running' else 'waiting' end, case w."number" when 0 then ${now}::timestamptz end
      from changed, jsonb_to_recordset(${JSON.stringify(plan.waves)}::jsonb)
        as w("number" int, name text, size int, workers int, "soakMinutes" float8, approval jsonb, "budgetMax" int)
    ), logged as (
      insert into events (orchestration_id, at, actor, kind, reason)
      select changed.id, ${now}, ${BY}, said.kind, said.reason
      from changed, (values
        ('planned', ${reason}, true),
        ('plan-changed', ${pause.reason}, ${changed !== undefined}),
        ('paused', ${`${PAUSED}: ${pause.reason}`}, ${changed?.pauses ?? false})
      ) as said(kind, reason, holds)
      where said.holds
    )
    select id from changed`);
  return completed !== undefined;
}
