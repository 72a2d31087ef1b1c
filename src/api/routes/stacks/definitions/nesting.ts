/** Stacks in stacks: no stack may hold itself, however deep. */
import { objectsOf } from '../../../../domain/stacks/prepared-plan.ts';
import type { NestingCheck } from '../../../../db/repositories/stacks/life-cycle-repositories.ts';
import type { StackDefinition } from '../../../../domain/stacks/definition.ts';
import { ProblemError } from '../../../problem.ts';

const MOST_LEVELS = 20;
const MOST_STACKS = 1_000;

/**
 * Check that a definition that nests stacks must pass in one step with being written; undefined for one that nests none. The
 * check throws ProblemError invalid-input that names the cycle, or too deep a nesting.
 */
export function nestingCheck(definition: StackDefinition): NestingCheck | undefined {
  if (nestedIn(definition).length === 0) return undefined;
  return (definitionsOf) => walk(definition, definitionsOf);
}

/**
 * Looks through the definitions of nested stacks, level by level; those that do not exist yet hold nothing. Only a cycle
 * through this definition can be new.
 */
async function walk(
  definition: StackDefinition,
  definitionsOf: (names: string[]) => Promise<StackDefinition[]>,
): Promise<void> {
  /** The holder of each one, to tell the way. */
  const holders = new Map<string, string>();
  let level: StackDefinition[] = [definition];
  for (let depth = 1; level.length > 0; depth += 1) {
    const found: string[] = [];
    for (const holder of level) {
      for (const name of nestedIn(holder)) {
        if (name === definition.name) throw cycle(way(holders, definition.name, holder.name));
        if (holders.has(name)) continue;
        holders.set(name, holder.name);
        found.push(name);
      }
    }
    if (found.length === 0) return;
    if (depth > MOST_LEVELS) throw refused(`nests more than ${MOST_LEVELS} levels of orchestrations`);
    if (holders.size > MOST_STACKS) throw refused(`nests more than ${MOST_STACKS} orchestrations`);
    level = await definitionsOf(found);
  }
}

function nestedIn({ oplans }: StackDefinition): string[] {
  return oplans
    .filter((oplan) => oplan.obj_type === 'orchestration')
    .flatMap((oplan) => objectsOf(oplan).map(({ name }) => name));
}

/** From the first one to `last`, as each holds the next, and back to the first. */
function way(holders: ReadonlyMap<string, string>, first: string, last: string): string[] {
  const names = [first];
  for (let name: string | undefined = last; name !== undefined && name !== first; name = holders.get(name)) {
    names.splice(1, 0, name);
  }
  return [...names, first];
}

function cycle(names: string[]): ProblemError {
  return refused(`must not hold itself: ${names.join(' -> ')}; leave one of these nested orchestrations out`);
}

function refused(message: string): ProblemError {
  return new ProblemError('invalid-input', `oplans ${message}`, { errors: [{ path: 'oplans', message }] });
}
