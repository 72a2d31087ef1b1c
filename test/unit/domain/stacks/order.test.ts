import { describe, expect, it } from 'vitest';
import {
  dependantsOf,
  findCycle,
  inCreationOrder,
  reversed,
  type Need,
} from '../../../../src/domain/stacks/plan-order.ts';
import type { PlannedOplan } from '../../../../src/domain/stacks/definition.ts';
import { anOplan, seeded } from './definitions.ts';

const labelsOf = (oplans: PlannedOplan[]): string[] => oplans.map(({ label }) => label);

describe('plans are created after everything that they need, and destroyed before it', () => {
  it.each<[string, PlannedOplan[], string[]]>([
    ['a chain', [anOplan('web', ['app']), anOplan('app', ['db']), anOplan('db')], ['db', 'app', 'web']],
    [
      'a diamond',
      [
        anOplan('top', ['left', 'right']),
        anOplan('right', ['end']),
        anOplan('left', ['end']),
        anOplan('end'),
      ],
      ['end', 'right', 'left', 'top'],
    ],
    ['no needs', [anOplan('c'), anOplan('a'), anOplan('b')], ['c', 'a', 'b']],
    ['needs that are elsewhere', [anOplan('b', ['gone', 'a']), anOplan('a', ['gone'])], ['a', 'b']],
  ])('A60, A61, A62: %s', (_, oplans, order) => {
    expect(labelsOf(inCreationOrder(oplans))).toEqual(order);
    expect(labelsOf(reversed(oplans))).toEqual([...order].reverse());
  });

  it('keeps the plans as they are, and turns the needs around for destruction', () => {
    const oplans = [anOplan('web', ['db']), anOplan('app', ['db']), anOplan('db')];
    expect(inCreationOrder(oplans)).toEqual([oplans[2], oplans[0], oplans[1]]);
    expect(reversed(oplans)).toEqual([
      { ...oplans[1], needs: [] },
      { ...oplans[0], needs: [] },
      { ...oplans[2], needs: ['web', 'app'] },
    ]);
    expect(oplans[0]?.needs).toEqual(['db']);
  });

  it('knows who needs a plan', () => {
    const oplans = [anOplan('web', ['db', 'gone']), anOplan('app', ['db']), anOplan('db')];
    expect([...dependantsOf(oplans)]).toEqual([
      ['web', []],
      ['app', []],
      ['db', ['web', 'app']],
    ]);
  });

  it('refuses what no accepted definition has', () => {
    const oplans = [anOplan('free'), anOplan('web', ['db']), anOplan('db', ['web'])];
    expect(() => inCreationOrder(oplans)).toThrow('object plans depend on each other: web -> db -> web');
  });

  it('A60, A62: on 200 random acyclic graphs', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const oplans = randomOplans(seeded(seed));
      const created = inCreationOrder(oplans);
      expect(labelsOf(created).sort()).toEqual(labelsOf(oplans).sort());
      const createdAt = new Map(created.map(({ label }, index) => [label, index]));
      const destroyedAt = new Map(reversed(oplans).map(({ label }, index) => [label, index]));
      for (const { label, needs } of oplans) {
        for (const needed of needs) {
          expect(createdAt.get(needed)).toBeLessThan(createdAt.get(label) ?? -1);
          expect(destroyedAt.get(needed)).toBeGreaterThan(destroyedAt.get(label) ?? Infinity);
        }
      }
      expect(labelsOf(reversed(oplans))).toEqual(labelsOf(created).reverse());
      expect(labelsOf(inCreationOrder(reversed(oplans)))).toEqual(labelsOf(reversed(oplans)));
      expect(findCycle(needsOf(oplans))).toBeUndefined();
    }
  });
});

describe('a cycle is found and named', () => {
  it.each<[string, Need[], string[] | undefined]>([
    ['nothing', [], undefined],
    [
      'a chain',
      [
        ['web', 'app'],
        ['app', 'db'],
      ],
      undefined,
    ],
    ['one that needs itself', [['a', 'a']], ['a', 'a']],
    [
      'two',
      [
        ['web', 'db'],
        ['db', 'web'],
      ],
      ['web', 'db', 'web'],
    ],
    [
      'two with others before and behind',
      [
        ['lb', 'web'],
        ['web', 'db'],
        ['db', 'web'],
        ['web', 'disk'],
        ['disk', 'net'],
      ],
      ['web', 'db', 'web'],
    ],
  ])('in %s', (_, needs, cycle) => {
    expect(findCycle(needs)).toEqual(cycle);
  });

  it('in 200 random graphs with one need too many', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = seeded(seed);
      const needs = needsOf(randomOplans(random));
      if (needs.length === 0) continue;
      const [label, needed] = needs[Math.floor(random() * needs.length)] ?? ['', ''];
      const all = [...needs, [needed, label] as const];
      const cycle = findCycle(all) ?? [];
      expect(cycle.length).toBeGreaterThan(2);
      expect(cycle[0]).toBe(cycle.at(-1));
      expect(new Set(cycle.slice(1)).size).toBe(cycle.length - 1);
      for (const [index, step] of cycle.slice(1).entries()) expect(all).toContainEqual([cycle[index], step]);
    }
  });

  it('of any length', () => {
    const count = 50_000;
    const needs = Array.from({ length: count }, (_, index): Need => [`${index}`, `${(index + 1) % count}`]);
    expect(findCycle(needs)).toHaveLength(count + 1);
    expect(findCycle(needs.slice(1))).toBeUndefined();
  });
});

function needsOf(oplans: PlannedOplan[]): Need[] {
  return oplans.flatMap(({ label, needs }) => needs.map((needed): Need => [label, needed]));
}

/** 1 to 10 plans in random order, each needing some of those that a hidden order puts before it. */
function randomOplans(random: () => number): PlannedOplan[] {
  const count = 1 + Math.floor(random() * 10);
  const density = random();
  const labels = Array.from({ length: count }, (_, index) => `plan-${index}`);
  const oplans = labels.map((label, index) =>
    anOplan(
      label,
      labels.slice(0, index).filter(() => random() < density),
    ),
  );
  return oplans
    .map((oplan) => ({ oplan, place: random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ oplan }) => oplan);
}
