/**
 * Checks of a definition as a whole. They run beside those of the single fields, so that a request
 * gets everything named that is wrong with it; a definition may thus have any shape here.
 */
import { findCycle, type Need } from './plan-order.ts';
import { hasRoomForNames, NAMELESS_TYPES } from './generated-names.ts';
import { isStackName, LONGEST_STACK_NAME } from './multipart-name.ts';
import { referencesOf } from './object-references.ts';
import { OBJECT_TYPES, objectTitle, type ObjectType } from './definition.ts';

export const MOST_OPLANS = 10;
/** Each is an activity and a row; a stack of more is better split into nested ones. */
export const MOST_OBJECTS = 1_000;
const DEEPEST = 20;
/** Neither PostgreSQL's jsonb nor every driver can hold these; scripts need their tabs and line breaks. */
const CONTROL_OR_BROKEN = /(?![\t\n\r])[\p{Cc}\p{Cs}]/u;

type Path = (string | number)[];
export type AddIssue = (path: Path, message: string) => void;
type Fields = Readonly<Record<string, unknown>>;

interface GivenOplan {
  index: number;
  label: string;
  objType: ObjectType | undefined;
  objects: GivenObject[];
}

interface GivenObject {
  path: Path;
  name: string | undefined;
  spec: Fields;
}

/** True for text that can be stored and shown. */
export function isStorable(text: string): boolean {
  return !CONTROL_OR_BROKEN.test(text);
}

/** Names everything that is wrong between the parts of a definition, and in what its objects contain. */
export function checkDefinition(definition: Fields, addIssue: AddIssue): void {
  checkContents(definition, addIssue);
  const oplans = givenOplans(definition);
  checkObjects(definition['name'], oplans, addIssue);
  checkRoomForNames(definition['name'], oplans, addIssue);
  const hasUniqueLabels = checkLabels(oplans, addIssue);
  const stated = checkRelationships(definition['relationships'], oplans, addIssue);
  if (hasUniqueLabels && oplans.length <= MOST_OPLANS) checkCycle(stated, oplans, addIssue);
}

function givenOplans(definition: Fields): GivenOplan[] {
  return elementsOf(definition['oplans']).flatMap(([index, oplan]) => {
    const label = oplan['label'];
    if (typeof label !== 'string') return [];
    const objType = OBJECT_TYPES.find((one) => one === oplan['obj_type']);
    return [{ index, label, objType, objects: givenObjects(['oplans', index], objType, oplan) }];
  });
}

function givenObjects(parent: Path, objType: ObjectType | undefined, oplan: Fields): GivenObject[] {
  const elements = elementsOf(oplan['objects']).map(([index, spec]): [Path, Fields] => [
    [...parent, 'objects', index],
    spec,
  ]);
  const objects =
    objType === 'launchplan'
      ? elements.flatMap(([path, group]) =>
          elementsOf(group['instances']).map(([index, spec]): [Path, Fields] => [
            [...path, 'instances', index],
            spec,
          ]),
        )
      : elements;
  return objects.map(([path, spec]) => {
    const name = spec['name'];
    return { path, spec, name: typeof name === 'string' ? name : undefined };
  });
}

function checkLabels(oplans: GivenOplan[], addIssue: AddIssue): boolean {
  const first = new Map<string, number>();
  for (const { index, label } of oplans) {
    const other = first.get(label);
    if (other === undefined) first.set(label, index);
    else
      addIssue(
        ['oplans', index, 'label'],
        `is the label of oplans[${other}] too; every oplan needs one of its own`,
      );
  }
  return first.size === oplans.length;
}

function checkObjects(self: unknown, oplans: GivenOplan[], addIssue: AddIssue): void {
  const first = new Map<string, Path>();
  for (const { objType, objects } of oplans) {
    for (const { path, name } of objects) {
      if (objType === undefined || name === undefined) continue;
      const key = `${objType} ${name}`;
      const other = first.get(key);
      if (other) {
        const message = `is the name of ${textOf(other)} too; every object of a type needs a name of its own`;
        addIssue([...path, 'name'], message);
      } else first.set(key, path);
      if (objType === 'orchestration' && name === self) {
        addIssue([...path, 'name'], 'is this orchestration itself, which cannot be a part of itself');
      }
    }
  }
  const count = oplans.reduce((sum, { objects }) => sum + objects.length, 0);
  if (count > MOST_OBJECTS) {
    const most = MOST_OBJECTS.toLocaleString('en-US');
    const message = `must not have more than ${most} objects in all, each instance counted, and there are ${count.toLocaleString('en-US')}; split it into orchestrations that one more contains`;
    addIssue(['oplans'], message);
  }
}

/** An object without a name gets one in the folder of its stack, where that leaves room for it. */
function checkRoomForNames(self: unknown, oplans: GivenOplan[], addIssue: AddIssue): void {
  if (typeof self !== 'string' || !isStackName(self) || hasRoomForNames(self)) return;
  const message = `is required: a generated one in the folder of this orchestration would have more than ${LONGEST_STACK_NAME} characters`;
  for (const { objType, objects } of oplans) {
    if (objType === undefined || !NAMELESS_TYPES.has(objType)) continue;
    for (const { path, spec } of objects) {
      if (spec['name'] === undefined || spec['name'] === null) addIssue([...path, 'name'], message);
    }
  }
}

/** The needs that the relationships state, as far as both ends exist. */
function checkRelationships(given: unknown, oplans: GivenOplan[], addIssue: AddIssue): Need[] {
  const labels = new Set(oplans.map(({ label }) => label));
  const known = [...labels].slice(0, MOST_OPLANS).join(', ');
  const message = `is not the label of an oplan of this definition; it has ${known}`;
  return elementsOf(given).flatMap(([index, { oplan, to_oplan: needed }]): Need[] => {
    if (typeof oplan !== 'string' || typeof needed !== 'string' || labels.size === 0) return [];
    const path: Path = ['relationships', index];
    if (!labels.has(oplan)) addIssue([...path, 'oplan'], message);
    if (!labels.has(needed)) addIssue([...path, 'to_oplan'], message);
    if (!labels.has(oplan) || !labels.has(needed)) return [];
    if (oplan !== needed) return [[oplan, needed]];
    addIssue([...path, 'to_oplan'], 'is the oplan itself, which cannot depend on itself; name another one');
    return [];
  });
}

/** Refuses a cycle of what is stated and what the objects' references imply (A60, A61). */
function checkCycle(stated: Need[], oplans: GivenOplan[], addIssue: AddIssue): void {
  const implied = impliedNeeds(oplans);
  const cycle = findCycle([...stated, ...implied.map(({ need }) => need)]);
  if (!cycle) return;
  const steps = cycle.slice(1).map((needed, index): Need => [cycle[index] ?? needed, needed]);
  const isStep = (need: Need, [label, needed]: Need): boolean => need[0] === label && need[1] === needed;
  const unstated = steps.filter((step) => !stated.some((need) => isStep(need, step)));
  const reasons = unstated.flatMap((step) => {
    const reason = implied.find(({ need }) => isStep(need, step))?.reason;
    return reason === undefined ? [] : [`${step.join(' -> ')} because ${reason}`];
  });
  const why = reasons.length > 0 ? ` (${reasons.join('; ')})` : '';
  // No type of object refers back to one that refers to it: something stated is part of every cycle.
  const message = `must not be circular: ${cycle.join(' -> ')}${why}; let one of these not need the next`;
  addIssue(['relationships'], message);
}

function impliedNeeds(oplans: GivenOplan[]): { need: Need; reason: string }[] {
  const homes = new Map<string, string>();
  for (const { label, objType, objects } of oplans) {
    for (const { name } of objects) if (objType && name !== undefined) homes.set(`${objType} ${name}`, label);
  }
  return oplans.flatMap(({ label, objType, objects }) => {
    if (!objType) return [];
    return objects.flatMap(({ spec, name }) =>
      referencesOf(objType, spec).flatMap((used) => {
        const home = homes.get(`${used.objType} ${used.name}`);
        if (home === undefined || home === label) return [];
        const reason = `${objectTitle(objType, name ?? 'without a name')} refers to ${objectTitle(used.objType, used.name)}`;
        return [{ need: [label, home] as const, reason }];
      }),
    );
  });
}

/** Of every object the first thing in it that can't be stored. */
function checkContents(definition: Fields, addIssue: AddIssue): void {
  for (const [index, oplan] of elementsOf(definition['oplans'])) {
    const objects: unknown = oplan['objects'];
    if (!Array.isArray(objects)) continue;
    objects.forEach((object: unknown, position) => {
      const issue = contentIssue(object, ['oplans', index, 'objects', position], 1);
      if (issue) addIssue(issue.path, issue.message);
    });
  }
}

interface ContentIssue {
  path: Path;
  message: string;
}

function contentIssue(value: unknown, path: Path, depth: number): ContentIssue | undefined {
  if (typeof value === 'string' && !isStorable(value)) {
    return {
      path,
      message: 'must not contain broken Unicode or control characters except tab and line breaks',
    };
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return { path, message: 'is too large a number; give it as text' };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > DEEPEST) return { path, message: `must not be nested more than ${DEEPEST} levels deep` };
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((inner: unknown, index) => [index, inner])
    : Object.entries(value);
  for (const [field, inner] of entries) {
    const issue =
      typeof field === 'string' && !isFieldName(field)
        ? { path, message: 'has a field whose name cannot be stored; leave it out' }
        : contentIssue(inner, [...path, field], depth + 1);
    if (issue) return issue;
  }
  return undefined;
}

function isFieldName(field: string): boolean {
  return isStorable(field) && field !== '__proto__';
}

/** The records of a list with their places. */
function elementsOf(list: unknown): [number, Fields][] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((element: unknown, index): [number, Fields][] =>
    isFields(element) ? [[index, element]] : [],
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}
