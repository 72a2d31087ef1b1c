/** Rules of what a new definition may change, and the difference that it makes. Runs inside workflows: pure. */
import { adviceIn, EXTENDED_IN, REDEFINED_IN, type StackStatus } from './statuses.ts';
import type { PlannedOplan, Relationship, StackPlan } from './definition.ts';

/**
 * Why a stack in this status can't get the definition `to` in place of `from`, naming every field that must stay as it
 * is; undefined when it can. An unchanged definition is welcome in every status.
 */
export function changeRefusal(from: StackPlan, to: StackPlan, status: StackStatus): string | undefined {
  if (REDEFINED_IN.includes(status) || isUnchanged(from, to)) return undefined;
  if (!EXTENDED_IN.includes(status)) {
    return `The definition cannot be changed while the orchestration is ${status}; ${adviceIn(status)}`;
  }
  const used = removedButUsed(from, to);
  if (used !== undefined) return used;
  const fields = fixedFields(from, to);
  if (fields.length === 0) return undefined;
  return `${listed(fields)} cannot be changed while the orchestration is ${status}: only ha_policy can, and whole oplans can be added or removed; send STOP first, and this definition again when it is stopped`;
}

/** True when both say the same, in the same order. */
export function isUnchanged(from: StackPlan, to: StackPlan): boolean {
  return (
    from.digest === to.digest &&
    hasSameSchedule(from, to) &&
    isSameList(from.oplans.map(oplanText), to.oplans.map(oplanText)) &&
    isSameList(from.relationships.map(relationshipText), to.relationships.map(relationshipText))
  );
}

/** Plans that only the new definition has, and those that only the old one had, by their labels. */
export function addedAndRemoved(
  from: StackPlan,
  to: StackPlan,
): { added: PlannedOplan[]; removed: PlannedOplan[] } {
  const [before, after] = [labelsOf(from), labelsOf(to)];
  return {
    added: to.oplans.filter(({ label }) => !before.has(label)),
    removed: from.oplans.filter(({ label }) => !after.has(label)),
  };
}

/** Why a plan must stay: an object that stays refers to one of its objects. */
function removedButUsed(from: StackPlan, to: StackPlan): string | undefined {
  const kept = labelsOf(to);
  for (const { label, uses = [] } of from.oplans) {
    const gone = uses.find((used) => !kept.has(used));
    if (!kept.has(label) || gone === undefined) continue;
    return `oplan ${gone} cannot be removed: the objects of oplan ${label} refer to its objects; send STOP first, and this definition again when it is stopped`;
  }
  return undefined;
}

/** The changed fields that may only be changed while nothing of the stack exists. */
function fixedFields(from: StackPlan, to: StackPlan): string[] {
  const fields = from.digest === to.digest ? [] : ['description or account'];
  if (!hasSameSchedule(from, to)) fields.push('schedule');
  const before = new Map(from.oplans.map((oplan) => [oplan.label, oplan]));
  for (const oplan of to.oplans) {
    const old = before.get(oplan.label);
    if (!old || old.digest === oplan.digest) continue;
    const changed = old.objType === oplan.objType ? 'objects' : 'obj_type';
    fields.push(`${changed} of oplan ${oplan.label}`);
  }
  const [stated, restated] = [relationshipsAmongKept(from, to), relationshipsAmongKept(to, from)];
  if (!isSameList(stated, restated)) fields.push('relationships between oplans that stay');
  return fields;
}

/** Of one plan, those whose both ends the other plan has too; in one order, for it means nothing. */
function relationshipsAmongKept(plan: StackPlan, other: StackPlan): string[] {
  const kept = labelsOf(other);
  return plan.relationships
    .filter(({ oplan, to_oplan }) => kept.has(oplan) && kept.has(to_oplan))
    .map(relationshipText)
    .sort();
}

function labelsOf({ oplans }: StackPlan): Set<string> {
  return new Set(oplans.map(({ label }) => label));
}

function hasSameSchedule({ schedule: from }: StackPlan, { schedule: to }: StackPlan): boolean {
  return from.start_time === to.start_time && from.stop_time === to.stop_time;
}

function oplanText({ label, haPolicy, digest }: PlannedOplan): string {
  return JSON.stringify([label, haPolicy, digest]);
}

function relationshipText({ oplan, to_oplan }: Relationship): string {
  // Labels may have spaces.
  return JSON.stringify([oplan, to_oplan]);
}

function isSameList(from: readonly string[], to: readonly string[]): boolean {
  return from.length === to.length && from.every((text, index) => text === to[index]);
}

function listed(fields: readonly string[]): string {
  return fields.length < 2 ? fields.join('') : `${fields.slice(0, -1).join(', ')} and ${fields.at(-1)}`;
}
