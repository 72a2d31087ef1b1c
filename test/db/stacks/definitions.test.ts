import { beforeAll, describe, expect, it } from 'vitest';
import type { Repositories } from '../../../src/db/repositories/index.ts';
import type { NewStack } from '../../../src/db/repositories/stacks/life-cycle-repositories.ts';
import { planOf } from '../../../src/domain/stacks/prepared-plan.ts';
import { REDEFINED_IN, STACK_STATUSES } from '../../../src/domain/stacks/statuses.ts';
import type { Oplan, StackDefinition } from '../../../src/domain/stacks/definition.ts';
import { freshRepositories } from '../../support/repositories.ts';
import { AT } from '../../support/rows.ts';
import { aDefinition, anOplan, aStack, aStackIn } from '../../support/stacks/rows.ts';

let repositories: Repositories;

beforeAll(async () => {
  repositories = await freshRepositories();
});

const LATER = '2026-01-02T04:00:00.000000Z';
const change = { actor: 'bob', reason: 'New definition', now: LATER };
let number = 0;
const newName = (): string => `/acme/jack/stack-${++number}`;

const KEPT = anOplan('kept', 'seclist', ['/acme/jack/list']);
const LEFT_OUT = anOplan('left-out', 'vnet', ['/acme/jack/net', '/acme/jack/net-2']);
const ADDED = anOplan('added', 'launchplan', ['/acme/jack/vm']);

function defined(name: string, oplans: Oplan[], changes: Partial<StackDefinition> = {}): StackDefinition {
  return aDefinition(name, { oplans, ...changes });
}

async function stored(definition: StackDefinition, at = AT): Promise<NewStack> {
  const next = aStack(definition);
  await repositories.stacks.storeRevision(definition.name, next, at);
  return next;
}

/** The object exists and was brought there by action 1. */
async function exists(stack: string, label: string, name: string): Promise<void> {
  await repositories.stackObjects.change(
    { stack, label, name },
    { condition: 'available', objectID: 'an ID', owned: true, doneFor: 1 },
    { actor: 'drydock', reason: 'created', now: AT },
  );
}

async function standing(name: string) {
  const loaded = await repositories.stacks.load(name);
  if (!loaded) throw new Error(`${name} is gone`);
  return {
    definition: loaded.row.definition,
    plan: loaded.plan,
    retired: loaded.retired.map(({ label, objects }) => [label, ...objects]),
    objects: loaded.objects.map(({ label, name: object, condition }) => `${label} ${object} ${condition}`),
  };
}
const definedEvents = async (name: string): Promise<number> =>
  (await repositories.stacks.listEvents(name, { page: 1, pageSize: 100 })).rows.filter(
    ({ kind }) => kind === 'defined',
  ).length;

describe('a new definition', () => {
  it('is stored once, found until it is used, and kept for no stack that does not exist', async () => {
    const name = newName();
    await repositories.stacks.add(aStack(aDefinition(name)));
    const next = await stored(aDefinition(name, { description: 'another' }));
    await repositories.stacks.storeRevision(name, next, LATER);
    const { revision, definition } = next;
    expect(await repositories.stacks.findRevision(revision)).toEqual({ stack: name, definition });
    const other = await stored(aDefinition('/no/such/stack'));
    expect(await repositories.stacks.findRevision(other.revision)).toBeUndefined();
    expect(await repositories.stacks.findRevision('no UUID')).toBeUndefined();
    await repositories.stacks.activate(next, change);
    expect(await repositories.stacks.findRevision(revision)).toBeUndefined();
  });

  it.each(STACK_STATUSES)('while %s becomes the definition once, with one event', async (status) => {
    const name = newName();
    await aStackIn(repositories, status, defined(name, [KEPT, LEFT_OUT]));
    await exists(name, 'kept', '/acme/jack/list');
    await exists(name, 'left-out', '/acme/jack/net');
    const next = await stored(defined(name, [ADDED, { ...KEPT, ha_policy: 'active' }]));
    await repositories.stacks.activate(next, change);

    const after = await standing(name);
    expect(after.definition).toEqual(next.definition);
    expect(after.plan).toEqual(planOf(next.definition));
    const asNew = REDEFINED_IN.includes(status);
    expect(after.retired).toEqual(asNew ? [] : [['left-out', '/acme/jack/net', '/acme/jack/net-2']]);
    expect(after.objects).toEqual([
      'added /acme/jack/vm absent',
      `kept /acme/jack/list ${asNew ? 'absent' : 'available'}`,
      ...(asNew ? [] : ['left-out /acme/jack/net available', 'left-out /acme/jack/net-2 absent']),
    ]);
    expect(await repositories.stacks.find(name)).toMatchObject({
      status,
      revision: next.revision,
      statusAt: AT,
      updatedAt: LATER,
    });
    await repositories.stacks.activate(next, change);
    expect(await standing(name)).toEqual(after);
    expect(await definedEvents(name)).toBe(1);
  });

  it('takes plans away at once of which nothing exists, and others when their objects are gone', async () => {
    const name = newName();
    await aStackIn(repositories, 'error', defined(name, [KEPT, LEFT_OUT, ADDED]));
    await exists(name, 'left-out', '/acme/jack/net');
    await repositories.stacks.activate(await stored(defined(name, [KEPT])), change);
    expect((await standing(name)).retired).toEqual([['left-out', '/acme/jack/net', '/acme/jack/net-2']]);
    await repositories.stacks.forgetRetired(name);
    expect((await standing(name)).retired).toHaveLength(1);

    const key = { stack: name, label: 'left-out', name: '/acme/jack/net' };
    await repositories.stackObjects.change(key, { condition: 'absent' }, change);
    await repositories.stacks.forgetRetired(name);
    await repositories.stacks.forgetRetired(name);
    const after = await standing(name);
    expect(after.retired).toEqual([]);
    expect(after.objects).toEqual(['kept /acme/jack/list absent']);
  });

  it('brings a plan back that was not gone yet, with what exists of it', async () => {
    const name = newName();
    const both = defined(name, [KEPT, LEFT_OUT]);
    await aStackIn(repositories, 'error', both);
    await exists(name, 'left-out', '/acme/jack/net');
    await repositories.stacks.activate(await stored(defined(name, [KEPT])), change);
    await repositories.stacks.activate(await stored(both), change);
    const after = await standing(name);
    expect(after.retired).toEqual([]);
    expect(after.objects).toEqual([
      'kept /acme/jack/list absent',
      'left-out /acme/jack/net available',
      'left-out /acme/jack/net-2 absent',
    ]);
  });

  it('that was overtaken by a newer one changes nothing when it comes late', async () => {
    const name = newName();
    await repositories.stacks.add(aStack(defined(name, [KEPT])));
    const first = await stored(defined(name, [KEPT], { description: 'first' }), AT);
    const second = await stored(defined(name, [KEPT], { description: 'second' }), LATER);
    await repositories.stacks.activate(first, change);
    await repositories.stacks.activate(second, change);
    await repositories.stacks.activate(first, change);
    expect((await standing(name)).definition.description).toBe('second');

    const third = await stored(defined(name, [KEPT], { description: 'third' }), AT);
    const fourth = await stored(defined(name, [KEPT], { description: 'fourth' }), LATER);
    await repositories.stacks.activate(fourth, change);
    expect(await repositories.stacks.findRevision(third.revision)).toBeUndefined();
    await repositories.stacks.activate(third, change);
    expect((await standing(name)).definition.description).toBe('fourth');
    expect(await definedEvents(name)).toBe(3);
  });

  it('is activated once when several do so at the same time', async () => {
    const name = newName();
    await aStackIn(repositories, 'ready', defined(name, [KEPT]));
    const next = await stored(defined(name, [KEPT, ADDED]));
    await Promise.all(Array.from({ length: 6 }, () => repositories.stacks.activate(next, change)));
    expect((await standing(name)).objects).toEqual([
      'kept /acme/jack/list absent',
      'added /acme/jack/vm absent',
    ]);
    expect(await definedEvents(name)).toBe(1);
  });

  it('of a stack that was removed meanwhile changes nothing', async () => {
    const name = newName();
    const added = await repositories.stacks.add(aStack(defined(name, [KEPT])));
    const next = await stored(defined(name, [ADDED]));
    await repositories.stacks.remove(name, added?.createdAt ?? '', change);
    await repositories.stacks.activate(next, change);
    expect(await repositories.stacks.find(name)).toBeUndefined();
    expect(await repositories.stacks.findRevision(next.revision)).toBeUndefined();
  });
});
