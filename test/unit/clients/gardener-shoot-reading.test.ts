import { expect, it } from 'vitest';
import {
  gardenerShootSchema,
  readGardenerShoot,
} from '../../../src/clients/upgrades/gardener-shoot-reading.ts';
import { GARDENER_OPERATION, MARK } from '../../../src/domain/upgrades/gardener-shoot.ts';

const SECRET = 'a-token';
/** Longest text of an outside system, and its ellipsis. */
const CUT = 501;

it('takes every text of a Shoot in on one line, cut, without secrets, and leaves pools as they are', () => {
  const long = `${SECRET}\0\n${'x'.repeat(5_000)}`;
  const worker = {
    name: 'cpu-worker-0',
    machine: { type: 'm5', image: { name: 'gardenlinux', version: '1312.3.0', providerConfig: { a: long } } },
    labels: { a: long },
  };
  const shoot = readGardenerShoot(
    gardenerShootSchema.parse({
      metadata: {
        name: 'c-1',
        resourceVersion: '1',
        annotations: {
          [MARK]: 'an-operation/1',
          [GARDENER_OPERATION]: long,
          'kubectl.kubernetes.io/last-applied-configuration': long,
        },
      },
      spec: { provider: { workers: [worker] } },
      status: {
        lastOperation: { type: long, state: long, description: long },
        lastErrors: [{ description: long }, {}],
        conditions: [{ type: long, status: long, message: long }],
      },
    }),
    [SECRET],
  );
  const { annotations, lastOperation, lastErrors, conditions, workers } = shoot;
  expect(annotations).toEqual({
    [MARK]: 'an-operation/1',
    [GARDENER_OPERATION]: expect.any(String) as string,
  });
  expect(workers[0]?.manifest).toEqual(worker);
  const { type, state, description } = lastOperation ?? {};
  const [condition] = conditions;
  const shown = [annotations[GARDENER_OPERATION], type, state, description, ...lastErrors].concat(
    condition?.type,
    condition?.status,
    condition?.message,
  );
  expect(shown).toHaveLength(8);
  for (const text of shown) {
    expect(text).toMatch(/^\*+\uFFFD x+…$/);
    expect(text).toHaveLength(CUT);
  }
});
