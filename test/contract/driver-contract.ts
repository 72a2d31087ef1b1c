/**
 * Promises of every driver of stacks, whatever it drives. The cases are written once and run over each driver; they wait
 * for what a driver's system does and assume nothing about how long that takes.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { FinalError } from '../../src/domain/errors.ts';
import { cast, elsewhere, exampleOf, TYPES, type Cast, type Wanted } from './objects.ts';
import { Stage, type World } from './world.ts';

const UUID = /^[0-9a-f-]{36}$/;

/** Runs the contract over a driver; `open` is called once. */
export function driverContract(title: string, open: () => Promise<World>): void {
  let stage: Stage;
  beforeAll(async () => {
    stage = new Stage(await open());
  });
  const here = (): Stage => stage;

  describe.each(TYPES)(`${title}: %s`, (objType) => {
    const example = (): { object: Wanted; needed: Wanted[] } => exampleOf(objType, cast());

    it('A70: is created once, however often it is asked for, and keeps identity and owner', async () => {
      const { object, needed } = example();
      await stage.make(...needed);
      expect(await stage.describe(object)).toBeUndefined();
      await stage.create(object);
      const first = await stage.describe(object);
      await stage.create(object);
      await stage.create(elsewhere(object));
      const settled = await stage.settles(object);
      expect(settled).toMatchObject({ id: first?.id, owner: object.owner });
      expect(settled.id).toMatch(UUID);
    });

    it('A71: is destroyed for its owner alone, as often as that asks; a later one is another one', async () => {
      const { object, needed } = example();
      await stage.destroy(object);
      await stage.make(...needed, object);
      const first = await stage.describe(object);
      await stage.destroy(elsewhere(object));
      expect(await stage.settles(object)).toMatchObject({ id: first?.id, owner: object.owner });

      await stage.destroy(object);
      await stage.destroy(object);
      await stage.isGone(object);
      await stage.destroy(object);
      for (const other of needed) expect(await stage.describe(other)).toBeDefined();
      await stage.make(object);
      expect((await stage.describe(object))?.id).not.toBe(first?.id);
    });

    it('A71: of another stack is adopted: told as it is, and left as it is', async () => {
      const { object, needed } = example();
      await stage.make(...needed, object);
      const { attributes: _, ...before } = await stage.settles(object);
      const adopter = elsewhere(object);
      await stage.create(adopter);
      expect(await stage.describe(adopter)).toMatchObject(before);
      await stage.destroy(adopter);
      expect(await stage.settles(object)).toMatchObject(before);
    });

    it('is noticed as gone when somebody deletes it by hand, and made anew when it is asked for', async () => {
      const { object, needed } = example();
      await stage.make(...needed, object);
      const first = await stage.describe(object);
      await stage.world.vanish(object);
      await stage.isGone(object);
      await stage.destroy(object);
      await stage.make(object);
      expect(await stage.describe(object)).toMatchObject({ owner: object.owner });
      expect((await stage.describe(object))?.id).not.toBe(first?.id);
    });
  });

  describe(`${title}: instances`, () => instanceCases(here));
  describe(`${title}: references`, () => referenceCases(here));
  describe(`${title}: whose an object is`, () => ownershipCases(here));
}

function everythingOf({ volume, extra, seclist, vnet, address, instance }: Cast): Wanted[] {
  return [volume, extra, seclist, vnet, address, instance];
}

function instanceCases(here: () => Stage): void {
  it('A75 A76 A77: shut down and start keep the instance, its volume and its address', async () => {
    const stage = here();
    const of = cast();
    await stage.make(...everythingOf(of));
    const identities = (): Promise<unknown[]> =>
      Promise.all([of.instance, of.volume, of.address].map(async (one) => (await stage.describe(one))?.id));
    const before = await identities();
    const address = (await stage.describe(of.address))?.attributes?.['ip'];

    await stage.stop(of.instance);
    await stage.becomes(of.instance, 'shutdown');
    await stage.stop(of.instance);
    await stage.restart(of.instance, 'restart 1');
    await stage.becomes(of.instance, 'shutdown');
    expect(await identities()).toEqual(before);

    await stage.start(of.instance);
    await stage.becomes(of.instance, 'running');
    await stage.start(of.instance);
    await stage.becomes(of.instance, 'running');
    expect(await identities()).toEqual(before);
    expect((await stage.describe(of.address))?.attributes?.['ip']).toBe(address);
  });

  it('A76: a power cycle keeps the instance, and one that is asked for again does nothing', async () => {
    const stage = here();
    const of = cast();
    await stage.make(...everythingOf(of));
    const before = await stage.describe(of.instance);
    await stage.restart(of.instance, 'restart 1');
    expect(await stage.becomes(of.instance, 'running')).toMatchObject({ id: before?.id });
    await stage.restart(of.instance, 'restart 1');
    expect(await stage.describe(of.instance)).toMatchObject({ id: before?.id, state: 'running' });
  });

  it('A82: one that ends by itself has stopped, and runs again when it is started', async () => {
    const stage = here();
    const of = cast();
    await stage.make(...everythingOf(of));
    const before = await stage.describe(of.instance);
    await stage.world.kill(of.instance);
    expect((await stage.becomes(of.instance, 'stopped')).reason).toMatch(/\w/);
    await stage.start(of.instance);
    await stage.world.revive(of.instance);
    expect(await stage.becomes(of.instance, 'running')).toMatchObject({ id: before?.id });
  });

  it('A86: one that vanished is created again, and has its attachment when that is asked for again', async () => {
    const stage = here();
    const of = cast();
    await stage.make(...everythingOf(of), of.attachment);
    const before = await stage.settles(of.instance);
    await stage.world.vanish(of.instance);
    await stage.isGone(of.instance);
    await stage.make(of.instance);
    await stage.create(of.attachment);
    expect(await stage.settles(of.attachment)).toMatchObject({ owner: of.attachment.owner });
    expect((await stage.settles(of.instance)).id).not.toBe(before.id);
    await stage.unmake(of.attachment, of.instance);
  });

  it('what does not exist can be neither started, stopped nor restarted', async () => {
    const stage = here();
    const { instance } = cast();
    await expect(stage.start(instance)).rejects.toBeInstanceOf(FinalError);
    await expect(stage.stop(instance)).rejects.toBeInstanceOf(FinalError);
    await expect(stage.restart(instance, 'restart 1')).rejects.toBeInstanceOf(FinalError);
  });

  it('A82: a survey tells of many what a look at each of them does', async () => {
    const stage = here();
    const of = cast();
    const other = of.wanted('launchplan', 'other', { imagelist: 'nginx:1.29' });
    const absent = of.wanted('launchplan', 'absent', { imagelist: 'nginx:1.29' });
    await stage.make(...everythingOf(of), other);
    await stage.stop(other);
    await stage.becomes(other, 'shutdown');
    const survey = stage.world.drivers.launchplan.survey?.();
    const found = await survey?.([of.instance, other, absent], new AbortController().signal);
    expect(found?.get(of.instance.name)).toMatchObject({ state: 'running', owner: of.instance.owner });
    expect(found?.get(other.name)).toMatchObject({ state: 'shutdown', owner: other.owner });
    expect(found?.has(absent.name)).toBe(false);
  });
}

function referenceCases(here: () => Stage): void {
  it('A61: an object that refers to one which does not exist is refused, with the name of that one', async () => {
    const stage = here();
    const of = cast();
    for (const object of [of.instance, of.attachment, of.association, of.rule]) {
      await expect(stage.create(object)).rejects.toMatchObject({
        code: 'OBJECT_REFUSED',
        message: expect.stringMatching(/refers to [a-z/]+ \/acme\/\S+, which does not exist/) as string,
      });
      expect(await stage.describe(object)).toBeUndefined();
    }
  });

  it('A70: many objects that are kept on one other object all take effect, and all go again', async () => {
    const stage = here();
    const of = cast();
    await stage.make(of.seclist);
    const rules = Array.from({ length: 6 }, (_, index) =>
      of.wanted('secrule', `rule-${index}`, { ...of.rule.spec, application: `tcp-${8000 + index}` }),
    );
    await Promise.all(rules.map((rule) => stage.create(rule)));
    for (const rule of rules) await stage.settles(rule);
    await Promise.all(rules.map((rule) => stage.destroy(rule)));
    for (const rule of rules) await stage.isGone(rule);
    expect(await stage.describe(of.seclist)).toBeDefined();
  });
}

function ownershipCases(here: () => Stage): void {
  it('A71: a volume that a person made is adopted as it is, belongs to nobody, and stays', async () => {
    const stage = here();
    const { volume } = cast();
    const id = await stage.world.putVolume(volume);
    await stage.create(volume);
    expect(await stage.settles(volume)).toMatchObject({ id, owner: null });
    await stage.destroy(volume);
    expect(await stage.describe(volume)).toMatchObject({ id, owner: null, state: 'available' });
  });

  it('A71: what a deleted stack has left is adopted by others, and taken over by a stack of its name alone', async () => {
    const stage = here();
    const of = cast();
    await stage.make(of.volume);
    const { id } = await stage.settles(of.volume);
    // Nothing asks for the leftover any more. Another stack that names it can use it, and does not own it.
    const other = elsewhere(of.volume);
    await stage.create(other);
    await stage.destroy(other);
    expect(await stage.describe(other)).toMatchObject({ id, owner: of.volume.owner });
    // The stack comes again: it finds its own, and its STOP destroys it.
    await stage.create(of.volume);
    expect(await stage.settles(of.volume)).toMatchObject({ id, owner: of.volume.owner });
    await stage.unmake(of.volume);
  });

  it('A70: of two stacks that make the same object at once, one owns it and both see it', async () => {
    const stage = here();
    const { volume } = cast();
    const mine = volume;
    const theirs = elsewhere(volume);
    const attempts = await Promise.allSettled([mine, theirs, mine, theirs].map((one) => stage.create(one)));
    // The second one may be told to look again, and nothing else.
    for (const attempt of attempts) {
      if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject({ name: 'UnavailableError' });
    }
    const described = await stage.settles(mine);
    expect([mine.owner, theirs.owner]).toContain(described.owner);
    expect(await stage.settles(theirs)).toMatchObject({ id: described.id, owner: described.owner });
  });
}
