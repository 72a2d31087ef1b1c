/**
 * A62 for every driver of stacks: what another stack's object uses is not destroyed, and the refusal names the user.
 * Run over each driver like the rest of its contract, see driver-contract.ts.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { objectTitle } from '../../src/domain/stacks/definition.ts';
import { cast, elsewhere, type Cast, type Wanted } from './objects.ts';
import { Stage, type World } from './world.ts';

/** Runs the cases over a driver; `open` is called once. */
export function usageContract(title: string, open: () => Promise<World>): void {
  let stage: Stage;
  beforeAll(async () => {
    stage = new Stage(await open());
  });

  describe(`${title}: what others use`, () => usageCases(() => stage));
}

/** An object, and the object of another stack that uses it; instances also need what comes after. */
function usages(of: Cast): [used: Wanted, user: Wanted, others: Wanted[]][] {
  const { volume, extra, seclist, vnet, address, instance, attachment, association, rule } = of;
  const source = of.wanted('seclist', 'source-list');
  const between = of.wanted('secrule', 'between', { ...rule.spec, src_list: `seclist:${source.name}` });
  const all = [volume, extra, seclist, vnet, address];
  const without = (used: Wanted): Wanted[] => all.filter((one) => one !== used);
  return [
    [volume, instance, without(volume)],
    [seclist, instance, without(seclist)],
    [vnet, instance, without(vnet)],
    [address, instance, without(address)],
    [extra, attachment, [...without(extra), instance]],
    [instance, attachment, [...all, instance]],
    [instance, association, [...all, instance]],
    [seclist, rule, []],
    [seclist, between, [source]],
    [source, between, [seclist]],
    [
      address,
      association,
      [...without(address), of.wanted('launchplan', 'plain', { imagelist: 'nginx:1.29' })],
    ],
  ];
}

const USAGES = usages(cast()).map(([used, user], index) => ({
  index,
  used: used.objType,
  user: user.objType,
}));

function usageCases(here: () => Stage): void {
  it.each(USAGES)('A62: $used is not destroyed while $user of another stack uses it', async ({ index }) => {
    const stage = here();
    const of = cast();
    const [used, owned, others] = usages(of)[index] ?? [];
    if (!used || !owned || !others) throw new Error('There is no such usage');
    const plain = others.find(({ name }) => name.endsWith('/plain'));
    const fields = plain ? { ...owned.spec, instance_name: plain.name } : owned.spec;
    const user = elsewhere({ ...owned, spec: fields });
    const needed = [...new Set([...others, used])].sort(
      (a, b) => Number(a.objType === 'launchplan') - Number(b.objType === 'launchplan'),
    );
    await stage.make(...needed, user);
    const before = await stage.settles(used);
    await expect(stage.destroy(used)).rejects.toMatchObject({
      name: 'UnavailableError',
      system: 'objects',
      message: expect.stringContaining(
        `${objectTitle(used.objType, used.name)} is in use by ${objectTitle(user.objType, user.name)}`,
      ) as string,
    });
    expect(await stage.describe(used)).toMatchObject({ id: before.id, owner: used.owner });
    await stage.settles(user);
    await stage.unmake(user, used);
  });

  it('A62: what an instance that is shut down uses stays, too', async () => {
    const stage = here();
    const of = cast();
    const user = elsewhere(of.instance);
    await stage.make(of.volume, of.seclist, of.vnet, of.address, user);
    await stage.stop(user);
    await stage.becomes(user, 'shutdown');
    for (const used of [of.volume, of.seclist, of.vnet, of.address]) {
      await expect(stage.destroy(used)).rejects.toThrow(`is in use by instance ${user.name}`);
    }
    await stage.start(user);
    await stage.becomes(user, 'running');
    for (const used of [of.volume, of.seclist, of.vnet, of.address]) await stage.settles(used);
  });
}
