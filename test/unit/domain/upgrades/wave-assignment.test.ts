import { describe, expect, it } from 'vitest';
import { FinalError } from '../../../../src/domain/errors.ts';
import { textHash } from '../../../../src/domain/text-hash.ts';
import type { WaveRequest } from '../../../../src/domain/upgrades/orchestration-parameters.ts';
import type { Runtime } from '../../../../src/domain/upgrades/runtime.ts';
import { assignWaves, type WaveDraw } from '../../../../src/domain/upgrades/wave-assignment.ts';
import { dice, shuffled } from '../../../support/dice.ts';
import { aRuntime } from '../../../support/rows.ts';
import { many, seeds } from '../../../support/seeds.ts';

const VERSION = { version: '2.20.5' };

const runtime = (runtimeID: string, region = 'eu-1', servicePlanName = 'azure'): Runtime =>
  aRuntime({ runtimeID, region, servicePlanName });

const fleetOf = (...sizes: [region: string, plan: string, size: number][]): Runtime[] =>
  sizes.flatMap(([region, plan, size]) =>
    Array.from({ length: size }, (_, index) => runtime(`${region}/${plan}/${index}`, region, plan)),
  );

/** IDs of the members of each wave, the rest last, in alphabetical order. */
function membersOf(runtimes: readonly Runtime[], waves: readonly WaveRequest[], draw: WaveDraw = VERSION) {
  const { waveOf } = assignWaves(runtimes, waves, draw);
  return [...waves, {}].map((_, wave) =>
    runtimes
      .filter((_one, place) => waveOf[place] === wave)
      .map(({ runtimeID }) => runtimeID)
      .sort(),
  );
}

const inRegion = (region: string) => ({ include: [{ region }] });

describe('a runtime', () => {
  const fleet = fleetOf(['eu', 'azure', 2], ['eu', 'trial', 1], ['us', 'azure', 2], ['us', 'trial', 1]);

  it('belongs to the first wave that takes it, and to the rest when none does', () => {
    const waves = [
      { name: 'trial', targets: { include: [{ planName: 'trial' }] } },
      { name: 'eu', targets: inRegion('^eu$') },
      { name: 'nobody', targets: inRegion('moon') },
    ];
    expect(membersOf(fleet, waves)).toEqual([
      ['eu/trial/0', 'us/trial/0'],
      ['eu/azure/0', 'eu/azure/1'],
      [],
      ['us/azure/0', 'us/azure/1'],
    ]);
    expect(assignWaves(fleet, waves, VERSION)).toEqual({
      waveOf: [1, 1, 0, 3, 3, 0],
      waves: [
        { name: 'trial', size: 2, matched: 2 },
        { name: 'eu', size: 2, matched: 3 },
        { name: 'nobody', size: 0, matched: 0 },
        { name: 'rest', size: 2, matched: 6 },
      ],
    });
  });

  it('belongs to the rest without any waves', () => {
    expect(assignWaves(fleet, [], VERSION)).toEqual({
      waveOf: [0, 0, 0, 0, 0, 0],
      waves: [{ name: 'rest', size: 6, matched: 6 }],
    });
    expect(assignWaves([], [{ name: 'a', percent: 10 }], VERSION)).toEqual({
      waveOf: [],
      waves: [
        { name: 'a', size: 0, matched: 0, drawn: 0 },
        { name: 'rest', size: 0, matched: 0 },
      ],
    });
  });

  it('is one of all that are left for a wave without targets and number', () => {
    const waves = [{ name: 'eu', targets: inRegion('eu') }, { name: 'all' }];
    // Strict: a number that is undefined is no number at all.
    expect(assignWaves(fleet, waves, VERSION).waves).toStrictEqual([
      { name: 'eu', size: 3, matched: 3 },
      { name: 'all', size: 3, matched: 6 },
      { name: 'rest', size: 0, matched: 6 },
    ]);
  });
});

describe('a percent', () => {
  const sizes = (runtimes: readonly Runtime[], waves: readonly WaveRequest[], draw: WaveDraw = VERSION) =>
    assignWaves(runtimes, waves, draw).waves.map(({ size, matched, drawn }) => [size, matched, drawn]);

  it('is of all that match, not of what earlier waves left', () => {
    const fleet = fleetOf(['eu', 'azure', 600], ['us', 'azure', 400]);
    const tenth = { percent: 10 };
    expect(
      sizes(fleet, [
        { name: 'a', ...tenth },
        { name: 'b', ...tenth },
        { name: 'c', percent: 50 },
      ]),
    ).toEqual([
      [100, 1_000, 100],
      [100, 1_000, 100],
      [500, 1_000, 500],
      [300, 1_000, undefined],
    ]);
    // Of what is left, which is 300 in us, a half would be 150.
    expect(
      sizes(fleet, [
        { name: 'a', targets: inRegion('us'), count: 100 },
        { name: 'b', targets: inRegion('us'), percent: 50 },
      ])[1],
    ).toEqual([200, 400, 200]);
  });

  it('is rounded up, and takes what is left where that is less', () => {
    expect(sizes(fleetOf(['eu', 'azure', 3]), [{ name: 'a', percent: 1 }])[0]).toEqual([1, 3, 1]);
    expect(sizes(fleetOf(['eu', 'azure', 1_000]), [{ name: 'a', percent: 14.3 }])[0]).toEqual([
      143, 1_000, 143,
    ]);
    const waves = [
      { name: 'a', percent: 80 },
      { name: 'b', percent: 50 },
      { name: 'c', count: 3 },
    ];
    expect(sizes(fleetOf(['eu', 'azure', 10]), waves)).toEqual([
      [8, 10, 8],
      [2, 10, 5],
      [0, 10, 3],
      [0, 10, undefined],
    ]);
  });

  it('counts those that are there already, and draws none of them', () => {
    const fleet = fleetOf(['eu', 'azure', 10]);
    const done = new Set(['eu/azure/0', 'eu/azure/3', 'eu/azure/9']);
    const draw = { ...VERSION, isThereAlready: ({ runtimeID }: Runtime) => done.has(runtimeID) };
    const waves = [
      { name: 'a', percent: 30 },
      { name: 'b', count: 5 },
      { name: 'c', targets: inRegion('us') },
    ];
    const members = membersOf(fleet, waves, draw);
    expect(members.map(({ length }) => length)).toEqual([3, 4, 0, 3]);
    expect(members[3]).toEqual([...done].sort());
    // The first wave that takes all takes them, too.
    expect(membersOf(fleet, [{ name: 'a', percent: 30 }, { name: 'b' }], draw)[1]).toHaveLength(7);
    expect(membersOf(fleet, [{ name: 'eu', targets: inRegion('eu') }], draw)[0]).toHaveLength(10);
    const all = { ...VERSION, isThereAlready: () => true };
    expect(sizes(fleet, [{ name: 'a', percent: 30 }], all)).toEqual([
      [0, 10, 3],
      [10, 10, undefined],
    ]);
  });
});

describe('a draw', () => {
  const roll = dice(5);
  const regions = ['eu-1', 'eu-2', 'us-1', 'ap-1'];
  const plans = ['azure', 'aws', 'trial'];
  const pick = (list: readonly string[]): string =>
    list[Math.min(roll(list.length), roll(list.length))] ?? '';
  const randomFleet = (size: number) =>
    Array.from({ length: size }, (_, index) =>
      runtime(`${roll(1_000_000)}-${index}`, pick(regions), pick(plans)),
    );
  const randomWave = (_: unknown, index: number): WaveRequest => {
    const targets = [undefined, inRegion(pick(regions)), { include: [{ planName: pick(plans) }] }][roll(3)];
    const kinds = [{}, { count: 1 + roll(30) }, { percent: (1 + roll(1_000)) / 10 }];
    return { name: `w${index}`, ...(targets && { targets }), ...kinds[targets ? roll(3) : 1 + roll(2)] };
  };

  it('is the same whatever the order of the inventory, and puts each runtime into one wave', () => {
    for (let round = 0; round < seeds(200); round++) {
      const fleet = randomFleet(roll(200));
      const waves = Array.from({ length: roll(6) }, randomWave);
      const { waveOf, waves: planned } = assignWaves(fleet, waves, VERSION);
      expect(waveOf).toHaveLength(fleet.length);
      expect(planned.map(({ name }) => name)).toEqual([...waves.map(({ name }) => name), 'rest']);
      expect(planned.map(({ size }) => size)).toEqual(
        planned.map((_, number) => waveOf.filter((wave) => wave === number).length),
      );
      const elsewhere = shuffled(fleet, roll);
      expect(membersOf(elsewhere, waves)).toEqual(membersOf(fleet, waves));
      expect(assignWaves(elsewhere, waves, VERSION).waves).toEqual(planned);
    }
  });

  it('gives each region, and each plan in it, its share, rounded up or down', () => {
    for (let round = 0; round < seeds(200); round++) {
      const fleet = randomFleet(1 + roll(300));
      const first = { name: 'first', targets: inRegion(pick(regions)), percent: 1 + roll(100) };
      const count = 1 + roll(fleet.length);
      const { waveOf } = assignWaves(fleet, [first, { name: 'second', count }], VERSION);
      const left = fleet.filter((_, place) => waveOf[place] !== 0);
      const drawn = fleet.filter((_, place) => waveOf[place] === 1);
      expect(drawn).toHaveLength(Math.min(count, left.length));
      const strata = [
        ...regions.map((region) => (one: Runtime) => one.region === region),
        ...regions.flatMap((region) =>
          plans.map((plan) => (one: Runtime) => one.region === region && one.servicePlanName === plan),
        ),
      ];
      for (const isIn of strata) {
        const share = left.length && (left.filter(isIn).length * drawn.length) / left.length;
        expect(Math.abs(drawn.filter(isIn).length - share)).toBeLessThan(1);
      }
    }
  });

  it('spreads a few over regions, although one of them has the largest plans', () => {
    const fleet = fleetOf(
      ...['a', 'b', 'c'].map((plan): [string, string, number] => ['large', plan, 100]),
      ...['a', 'b', 'c', 'd', 'e'].map((plan): [string, string, number] => ['small', plan, 60]),
    );
    const [drawn = []] = membersOf(fleet, [{ name: 'a', count: 2 }]);
    expect(drawn.map((id) => id.split('/')[0])).toEqual(['large', 'small']);
  });

  it('draws others for another version, as if by chance', () => {
    const fleet = fleetOf(['eu', 'azure', 5_000], ['us', 'trial', 5_000]);
    const waves = [{ name: 'canary', percent: 10 }];
    const draws = ['2.20.5', '2.20.6', '2.21.0', 'PR-1'].map(
      (version) => new Set(membersOf(fleet, waves, { version })[0]),
    );
    for (const [index, one] of draws.entries()) {
      for (const other of draws.slice(index + 1)) {
        const both = [...one].filter((id) => other.has(id)).length;
        // 100 by chance; the standard deviation is 9.
        expect(both).toBeGreaterThan(46);
        expect(both).toBeLessThan(154);
      }
    }
    expect(membersOf(fleet, waves)[0]).toEqual(membersOf(fleet, waves)[0]);
  });

  it('lets another version begin in another region where all have the same claim', () => {
    const fleet = fleetOf(['a', 'p', 5], ['b', 'p', 5], ['c', 'p', 5], ['d', 'p', 5]);
    const first = Array.from({ length: 40 }, (_, patch) => {
      const [members = []] = membersOf(fleet, [{ name: 'a', count: 1 }], { version: `2.20.${patch}` });
      return members[0]?.split('/')[0];
    });
    expect(new Set(first)).toEqual(new Set(['a', 'b', 'c', 'd']));
  });

  it('does not change when runtimes are there that no wave may draw, also where regions have the same claim', () => {
    const fleet = fleetOf(['a', 'p', 5], ['b', 'p', 5], ['c', 'p', 5], ['d', 'p', 5]);
    const waves = [{ name: 'one', targets: { include: [{ planName: 'p' }] }, count: 1 }];
    const [drawn] = membersOf(fleet, waves);
    for (const region of ['a', 'b', 'c', 'd'])
      expect(membersOf([...fleetOf([region, 'other', 20]), ...fleet], waves)[0]).toEqual(drawn);
  });

  it('is the same whatever the order of the inventory for two runtimes with one hash, too', () => {
    const [one, other] = ['12j9xe8', '1k6eh7q'];
    expect(textHash(`${VERSION.version}\0${one}`)).toBe(textHash(`${VERSION.version}\0${other}`));
    const waves = [{ name: 'a', count: 1 }];
    expect(membersOf([runtime(one), runtime(other)], waves)[0]).toEqual([one]);
    expect(membersOf([runtime(other), runtime(one)], waves)[0]).toEqual([one]);
  });

  it('does not change for others when a runtime in another region is there', () => {
    const fleet = fleetOf(['eu', 'azure', 50]);
    const waves = [{ name: 'a', targets: inRegion('eu'), percent: 20 }];
    expect(membersOf([runtime('new', 'us-1'), ...fleet], waves)[0]).toEqual(membersOf(fleet, waves)[0]);
  });
});

it('the patterns of all waves share the limits of a request, also of one that is older than these', () => {
  const waves = Array.from({ length: 20 }, (_, wave) => ({
    name: `w${wave}`,
    targets: { include: Array.from({ length: 6 }, (_one, index) => ({ region: `^(${6 * wave + index})+` })) },
  }));
  expect(() => assignWaves([], waves, VERSION)).toThrow(FinalError);
  expect(() => assignWaves([], waves.slice(0, 16), VERSION)).not.toThrow();
});

it('a large fleet with twenty waves of patterns is assigned, each runtime once', () => {
  const fleet = fleetOf(
    ...['eu', 'us', 'ap'].flatMap((part) =>
      Array.from({ length: 10 }, (_, index): [string, string, number] => [
        `${part}-${index}`,
        `plan-${index % 4}`,
        many(3_333),
      ]),
    ),
  );
  const waves = Array.from({ length: 20 }, (_, wave) => ({
    name: `w${wave}`,
    targets: { include: [{ region: `^(eu|us)-[${wave % 10}-9]$` }, { planName: 'plan-1' }] },
    percent: 2,
  }));
  const { waves: planned } = assignWaves(fleet, waves, VERSION);
  expect(planned.reduce((sum, { size }) => sum + size, 0)).toBe(fleet.length);
  expect(planned.slice(0, -1).every(({ size, drawn }) => size > 0 && size === drawn)).toBe(true);
});
