import { expect, it } from 'vitest';
import { decideOnShoot, whatWentWrong } from '../../../../../src/domain/upgrades/gardener-patch.ts';
import {
  GARDENER_OPERATION,
  MARK,
  MARKED_AFTER,
  type GardenerShoot,
} from '../../../../../src/domain/upgrades/gardener-shoot.ts';
import { aShoot, OPERATION_ID, RUNTIME_ID } from './played-shoot.ts';

const WANTED = { kubernetesVersion: '1.33.5' };
/** Asked for by a person. */
const SECOND = { operationID: OPERATION_ID, attempt: 2, firstAttempt: 2, runtimeID: RUNTIME_ID };
const OF_THE_FIRST = { [MARK]: `${OPERATION_ID}/1` };

const FAILED: GardenerShoot['lastOperation'] = {
  type: 'Reconcile',
  state: 'Failed',
  progress: 50,
  description: 'the network is gone',
};

it('begins anew, when a person asks for it, where the change of an earlier attempt was taken back', () => {
  expect(decideOnShoot(aShoot({ annotations: OF_THE_FIRST }), WANTED, SECOND)).toMatchObject({
    kind: 'patch',
    patch: { spec: { kubernetes: { version: '1.33.5' } } },
  });
});

it('asks for no retry beside a change, which makes Gardener begin by itself, also after a failure', () => {
  const decision = decideOnShoot(
    aShoot({ annotations: OF_THE_FIRST, lastOperation: FAILED }),
    WANTED,
    SECOND,
  );
  expect(decision).toEqual({
    kind: 'patch',
    patch: {
      metadata: {
        resourceVersion: '100',
        annotations: { [MARK]: `${OPERATION_ID}/2`, [MARKED_AFTER]: null },
      },
      spec: { kubernetes: { version: '1.33.5' } },
    },
  });
});

it('asks for a retry where a failure is all that is to be overcome, and of a confined Shoot in any case', () => {
  const asked = (changes: Partial<GardenerShoot>) => {
    const shoot = aShoot({ annotations: OF_THE_FIRST, lastOperation: FAILED, ...changes });
    const decision = decideOnShoot(shoot, WANTED, SECOND);
    return decision.kind === 'patch' ? decision.patch.metadata.annotations[GARDENER_OPERATION] : decision;
  };
  expect(asked({ kubernetesVersion: '1.33.5' })).toBe('retry');
  expect(asked({ isConfined: true })).toBe('retry');
});

it('begins on a Shoot of which Gardener tells no operation', () => {
  expect(decideOnShoot(aShoot({ lastOperation: undefined }), WANTED, SECOND)).toMatchObject({
    kind: 'patch',
    patch: { metadata: { annotations: { [MARKED_AFTER]: null } } },
  });
  expect(whatWentWrong(aShoot({ lastOperation: undefined }))).toBe('no reason given');
});

it('is not kept from it by a retry that was asked for when nothing had failed, and that nobody heeds', () => {
  const asked = (operation: string) =>
    decideOnShoot(aShoot({ annotations: { [GARDENER_OPERATION]: operation } }), WANTED, SECOND);
  expect(asked('retry').kind).toBe('patch');
  expect(asked('')).toMatchObject({ kind: 'patch' });
  expect(asked('reconcile')).toEqual({ kind: 'busy', words: 'reconcile, asked for' });
});

it('says that a Shoot is there already, and whether it is newer', () => {
  const image = { machineImageVersion: '15.5.20', machineImage: 'suse-chost' };
  expect(decideOnShoot(aShoot(), image, SECOND)).toEqual({
    kind: 'there',
    words: 'Already at 1.32.6: nothing was sent',
  });
  expect(decideOnShoot(aShoot(), { kubernetesVersion: '1.32.5' }, SECOND)).toEqual({
    kind: 'there',
    words: 'Already at 1.32.6, newer than 1.32.5: nothing was sent',
  });
});
