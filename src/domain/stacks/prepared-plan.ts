/** The parts of a definition that the engine and the tables need. */
import { v5 as uuidV5 } from 'uuid';
import { referencesOf } from './object-references.ts';
import type {
  InstanceGroup,
  Json,
  ObjectReference,
  ObjectSpec,
  Oplan,
  PlannedOplan,
  PreparedDefinition,
  StackDefinition,
  StackPlan,
} from './definition.ts';

/** The namespace of digests (RFC 9562, section 6.6). With another one every stored definition would look changed. */
const DIGEST_NAMESPACE = '6c2f0c3e-98b4-4d0b-8e0f-52f7a1c3d94b';

/** The objects of a plan, in order: the instances of all groups for a launch plan (A66). */
export function objectsOf(oplan: Oplan): ObjectSpec[] {
  return oplan.objects.flatMap((object) => (isGroup(oplan, object) ? object.instances : [object]));
}

function isGroup(oplan: Oplan, object: ObjectSpec | InstanceGroup): object is InstanceGroup {
  return oplan.obj_type === 'launchplan' && Array.isArray(object['instances']);
}

/** A definition by names, labels and digests alone; it must have been accepted by the schema. */
export function planOf(definition: StackDefinition): StackPlan {
  const { oplans, relationships, schedule, description, account } = definition;
  const implied = impliedNeeds(definition);
  return {
    oplans: oplans.map((oplan): PlannedOplan => ({
      label: oplan.label,
      objType: oplan.obj_type,
      haPolicy: oplan.ha_policy,
      objects: objectsOf(oplan).map(({ name }) => name),
      ...needsOf(definition, oplan, implied.get(oplan.label) ?? new Set()),
      digest: digestOf({ obj_type: oplan.obj_type, objects: oplan.objects }),
    })),
    relationships,
    schedule,
    digest: digestOf({ description, account }),
  };
}

/** A definition with everything that is stored beside it; `revision` is a UUID that no other one has. */
export function prepareDefinition(definition: StackDefinition, revision: string): PreparedDefinition {
  return { definition, revision, plan: planOf(definition), uses: usesOf(definition) };
}

/** Labels of the plans that come before each plan, by its label. */
export function needsByLabel(definition: StackDefinition): Map<string, string[]> {
  const implied = impliedNeeds(definition);
  return new Map(
    definition.oplans.map((oplan) => [
      oplan.label,
      needsOf(definition, oplan, implied.get(oplan.label) ?? new Set()).needs,
    ]),
  );
}

/** The plans whose objects those of each plan refer to. */
function impliedNeeds({ oplans }: StackDefinition): Map<string, Set<string>> {
  const owners = new Map(
    oplans.flatMap((oplan) =>
      objectsOf(oplan).map(({ name }): [string, string] => [`${oplan.obj_type} ${name}`, oplan.label]),
    ),
  );
  return new Map(
    oplans.map((oplan) => {
      const used = objectsOf(oplan)
        .flatMap((object) => referencesOf(oplan.obj_type, object))
        .flatMap(({ objType, name }) => owners.get(`${objType} ${name}`) ?? []);
      return [oplan.label, new Set(used.filter((label) => label !== oplan.label))];
    }),
  );
}

/** Which plans one needs, stated (A60) or because its objects refer to theirs (A61), in the order of the plans. */
function needsOf(
  { oplans, relationships }: StackDefinition,
  { label }: Oplan,
  implied: ReadonlySet<string>,
): Pick<PlannedOplan, 'needs' | 'uses'> {
  const stated = new Set(relationships.filter((one) => one.oplan === label).map((one) => one.to_oplan));
  const labels = oplans.map((oplan) => oplan.label).filter((other) => other !== label);
  const needs = labels.filter((other) => stated.has(other) || implied.has(other));
  const uses = labels.filter((other) => implied.has(other));
  return uses.length > 0 ? { needs, uses } : { needs };
}

type Use = PreparedDefinition['uses'][number];

/** Objects that instances name themselves, and those that attachments and associations of the same definition give them. */
function usesOf({ oplans }: StackDefinition): Use[] {
  const instances = new Set(
    oplans
      .filter((oplan) => oplan.obj_type === 'launchplan')
      .flatMap((oplan) => objectsOf(oplan).map(nameOf)),
  );
  const uses = oplans.flatMap((oplan) =>
    objectsOf(oplan).flatMap((object): Use[] => {
      const references = referencesOf(oplan.obj_type, object);
      if (oplan.obj_type === 'launchplan') return references.map(usedBy(object.name));
      const users = references.filter(({ objType, name }) => objType === 'launchplan' && instances.has(name));
      const used = references.filter(({ objType }) => objType !== 'launchplan');
      return users.flatMap(({ name }) => used.map(usedBy(name)));
    }),
  );
  return [...new Map(uses.map((use) => [`${use.instance} ${use.objType} ${use.name}`, use])).values()];
}

function nameOf({ name }: ObjectSpec): string {
  return name;
}

function usedBy(instance: string): (used: ObjectReference) => Use {
  return ({ objType, name }) => ({ instance, objType, name });
}

function digestOf(value: unknown): string {
  return uuidV5(JSON.stringify(canonical(value as Json)), DIGEST_NAMESPACE);
}

/** The same value with the fields of every object in one order. */
function canonical(value: Json): Json {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([field, inner]) => [field, canonical(inner)]));
}
