import { describe, expect, it } from 'vitest';
import { dice } from '../../../support/dice.ts';
import { seeds } from '../../../support/seeds.ts';
import { LaneWorld } from './lane-world.ts';

const LANES = ['default', 'urgent', 'nightly'];

function played(play: (world: LaneWorld) => void): string {
  const world = new LaneWorld();
  play(world);
  return `${world.lines.join('\n')}\n`;
}

const STORIES: Record<string, (world: LaneWorld) => void> = {
  'two lanes beside each other'(world) {
    world.arrive('a', 'default');
    world.look();
    world.arrive('b', 'urgent');
    world.arrive('c', 'default');
    world.look();
    world.end('b');
    world.look();
    world.end('a');
    world.look();
  },
  'moved to the front'(world) {
    for (const id of ['a', 'b', 'c', 'd']) world.arrive(id, 'default');
    world.look();
    world.front('d');
    world.front('c');
    for (const id of ['a', 'c', 'd']) {
      world.end(id);
      world.look();
    }
  },
  'everything paused'(world) {
    world.arrive('a', 'default');
    world.look();
    world.pause();
    world.arrive('b', 'urgent');
    world.arrive('c', 'default');
    world.look();
    world.end('a');
    world.look();
    world.resume();
    world.look();
  },
  'more lost than a page has'(world) {
    for (const id of ['a', 'b', 'c', 'd']) world.arrive(id, 'default');
    for (const id of ['a', 'b', 'c']) world.lose(id);
    world.arrive('e', 'urgent');
    world.look();
  },
};

describe('turns of lanes', () => {
  it.each(Object.entries(STORIES))('tells of %s', async (name, play) => {
    await expect(played(play)).toMatchFileSnapshot(`transcripts/lanes-${name.replaceAll(' ', '-')}.txt`);
  });

  it('A6 A7: whatever happens, gives one turn of a lane at a time, in its order, and lets nobody wait for a free lane', () => {
    let turns = 0;
    for (let seed = 0; seed < seeds(2_000); seed++) turns += walk(seed);
    expect(turns).toBeGreaterThan(seeds(10_000));
  });
});

/** Forty things that happen, each followed by a look. Answers how many turns were given. */
function walk(seed: number): number {
  const roll = dice(seed);
  const world = new LaneWorld(1 + roll(3));
  const pick = <T>(from: readonly T[]): T | undefined => from[roll(from.length || 1)];
  for (let step = 0; step < 40; step++) {
    const waiting = pick(world.rows)?.id;
    const holder = pick(world.holders)?.orchestrationID;
    const chance = roll(10);
    if (chance < 4) world.arrive(`o-${step}`, pick(LANES) ?? 'default');
    else if (chance < 7 && holder !== undefined) world.end(holder);
    else if (chance === 7 && waiting !== undefined) world.front(waiting);
    else if (chance === 8 && waiting !== undefined) world.lose(waiting);
    else if (chance === 9 && world.paused === undefined) world.pause();
    else world.resume();
    const before = world.given.length;
    world.look();
    checkAfter(world, before);
  }
  return world.given.length;
}

function checkAfter(world: LaneWorld, before: number): void {
  const said = (): string => world.lines.join('\n');
  const held = world.holders.map(({ lane }) => lane);
  if (new Set(held).size !== held.length) throw new Error(`Two have the turn of a lane\n${said()}`);
  const given = world.given.slice(before);
  if (given.some((turn) => turn.before.length > 0)) throw new Error(`Somebody was overtaken\n${said()}`);
  if (world.paused !== undefined && given.length > 0) throw new Error(`A turn in a pause\n${said()}`);
  if (world.paused !== undefined) return;
  const idle = LANES.filter((lane) => !held.includes(lane));
  const left = idle.flatMap((lane) => world.line(lane)).filter((id) => !world.isLost(id));
  if (left.length > 0) throw new Error(`${left.join()} waits for a free lane\n${said()}`);
}
