/** Bodies from Oracle's documents and clients, accepted as they are. */
import { describe, expect, it } from 'vitest';
import { ownerKey } from '../../../../src/domain/stacks/owner-key.ts';
import { changeRefusal, isUnchanged } from '../../../../src/domain/stacks/definition-change.ts';
import { referencesOf } from '../../../../src/domain/stacks/object-references.ts';
import { objectsOf, planOf } from '../../../../src/domain/stacks/prepared-plan.ts';
import { isStackName } from '../../../../src/domain/stacks/multipart-name.ts';
import { fogCreates, fogPlan, ORACLE_BODIES } from '../../../support/stacks/oracle-bodies.ts';
import {
  accepted,
  aDefinition,
  disks,
  issuesOf,
  NAME_ERROR,
  related,
  web,
  withObject,
} from './definitions.ts';

const names = (definition: unknown): string[] =>
  accepted(definition).oplans.flatMap((oplan) => objectsOf(oplan).map(({ name }) => name));

it.each(ORACLE_BODIES)('A63 A64 A65 A66: $title', ({ body }) => {
  expect(issuesOf(body)).toEqual([]);
  const definition = accepted(body);
  // The answer says the same and can be sent again.
  expect(accepted(JSON.parse(JSON.stringify(definition)))).toEqual(definition);
});

it('A63: what fog-oraclecloud creates, and what it updates to: a label with spaces', () => {
  const created = fogCreates('/Compute-quay/dana/check');
  expect(issuesOf(created)).toEqual([]);
  const updated = {
    ...created,
    oplans: [...created.oplans, fogPlan('Back End Server', 'vm-b', '/a/b/back')],
  };
  expect(accepted(updated).oplans.map(({ label }) => label)).toEqual(['FrontServer', 'Back End Server']);
});

describe('labels', () => {
  it('keep relationships apart that would read the same with spaces between their ends', () => {
    const plan = (label: string): Record<string, unknown> =>
      disks({ label, objects: [{ name: `/acme/jack/${label.replaceAll(' ', '_')}` }] });
    const oplans = ['a', 'a b', 'b c', 'c'].map(plan);
    const given = related(['a b', 'c'], ['a', 'b c']);
    const both = accepted({ name: '/acme/jack/shop', oplans, relationships: given });
    expect(both.relationships).toEqual(given);
    const swapped = accepted({ name: '/acme/jack/shop', oplans, relationships: related(['a b', 'c']) });
    const other = accepted({ name: '/acme/jack/shop', oplans, relationships: related(['a', 'b c']) });
    expect(isUnchanged(planOf(swapped), planOf(other))).toBe(false);
    expect(changeRefusal(planOf(swapped), planOf(other), 'ready')).toContain('relationships');
  });

  it('keep owner keys apart: neither the names of stacks nor those of objects have spaces', () => {
    const key = (label: string, name: string): string =>
      ownerKey({ installation: 'one', stack: '/a/b/c', label, name });
    const keys = [key('x', '/o/p/q'), key('x y', '/o/p/q'), key('x /o/p/q', '/o/p/q'), key('y', '/o/p/q')];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('an object without a name', () => {
  const unnamed = (label: string): unknown =>
    aDefinition({
      oplans: [{ label, obj_type: 'launchplan', objects: [{ instances: [{}, { name: null }] }] }],
    });

  it('gets one in the folder of its stack, the same each time', () => {
    const [first = '', second = ''] = names(unnamed('web'));
    for (const name of [first, second]) {
      expect(name).toMatch(/^\/acme\/jack\/[0-9a-f-]{36}$/);
      expect(isStackName(name)).toBe(true);
    }
    expect(first).not.toBe(second);
    expect(names(unnamed('web'))).toEqual([first, second]);
    expect(names(unnamed('other'))).not.toContain(first);
    expect(names({ ...(unnamed('web') as object), name: '/acme/jack/other' })).not.toContain(first);
  });

  it('gets none that another one was given, wherever a client that sends names back puts it', () => {
    const [first = '', second = ''] = names(unnamed('web'));
    const plan = (label: string, instances: unknown[]): unknown => ({
      label,
      obj_type: 'launchplan',
      objects: [{ instances }],
    });
    const moved = names(aDefinition({ oplans: [plan('web', [{}, { name: first }, { name: second }, {}])] }));
    expect(moved.slice(1, 3)).toEqual([first, second]);
    expect(new Set(moved).size).toBe(4);
    const elsewhere = names(aDefinition({ oplans: [plan('db', [{ name: first }]), plan('web', [{}])] }));
    expect(new Set(elsewhere).size).toBe(2);
  });

  it('keeps the names of the others', () => {
    const objects = [{ instances: [{ name: '/acme/jack/one' }, { shape: 'oc3' }] }];
    const [one, two] = names(aDefinition({ oplans: [{ ...web(), objects }] }));
    expect(one).toBe('/acme/jack/one');
    expect(two).toMatch(/^\/acme\/jack\/[0-9a-f-]{36}$/);
  });

  it.each(['launchplan', 'storage/attachment', 'ip/reservation', 'ip/association', 'secrule'])(
    'is a %s',
    (type) => {
      const objects = type === 'launchplan' ? [{ instances: [{}] }] : [{}];
      expect(issuesOf(aDefinition({ oplans: [{ label: 'x', obj_type: type, objects }] }))).toEqual([]);
    },
  );

  it.each(['storage/volume', 'seclist', 'vnet', 'orchestration'])(
    'is no %s, which others refer to by its name',
    (type) => {
      expect(issuesOf(aDefinition({ oplans: [{ label: 'x', obj_type: type, objects: [{}] }] }))).toEqual([
        { path: 'oplans[0].objects[0].name', message: 'is required' },
      ]);
    },
  );

  it('needs one where the folder leaves no room for it', () => {
    const name = `/${'c'.repeat(110)}/${'u'.repeat(110)}/s`;
    const oplans = [{ label: 'x', obj_type: 'launchplan', objects: [{ instances: [{}] }] }];
    expect(issuesOf({ name, oplans })).toEqual([
      {
        path: 'oplans[0].objects[0].instances[0].name',
        message: `is required: a generated one in the folder of this orchestration would have more than 256 characters`,
      },
    ]);
  });
});

describe('a policy', () => {
  it('of no characters is none', () => {
    expect(accepted(aDefinition({ oplans: [disks({ ha_policy: '' })] })).oplans[0]?.ha_policy).toBe('none');
  });
});

describe('nat', () => {
  const instance = (nat: unknown): Record<string, unknown> => ({ networking: { eth0: { nat } } });
  const refers = (nat: unknown): unknown => referencesOf('launchplan', instance(nat));
  const address = { objType: 'ip/reservation', name: '/acme/jack/address' };

  it.each<[unknown, unknown[]]>([
    ['/acme/jack/address', [address]],
    [['ipreservation:/acme/jack/address'], [address]],
    [
      ['ipreservation:/acme/jack/address', '/acme/jack/other'],
      [address, { ...address, name: '/acme/jack/other' }],
    ],
    ['ippool:/oracle/public/ippool', []],
    [['network/v1/ipreservation:/acme/jack/inner'], []],
    [[], []],
    [null, []],
  ])('may be %j', (nat, references) => {
    expect(issuesOf(aDefinition({ oplans: [web(instance(nat))] }))).toEqual([]);
    expect(refers(nat)).toEqual(references);
  });

  it('names addresses', () => {
    const path = 'oplans[0].objects[0].instances[0].networking.eth0.nat[1]';
    const message = `${NAME_ERROR}; its type may stand before it, as in ipreservation:/acme/jack/address`;
    expect(issuesOf(aDefinition({ oplans: [web(instance(['/a/b/c', 'x']))] }))).toEqual([{ path, message }]);
  });
});

it.each(['1024b', '10B', '5t'])('a size may be %s', (size) => {
  expect(issuesOf(withObject('storage/volume', { size }))).toEqual([]);
});
