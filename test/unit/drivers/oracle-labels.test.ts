import { expect, it } from 'vitest';
import { metadataOf } from '../../../src/activities/stacks/drivers/kubernetes/names.ts';
import { instanceManifest } from '../../../src/activities/stacks/drivers/kubernetes/instance-manifest.ts';
import { claimManifest } from '../../../src/activities/stacks/drivers/kubernetes/storage.ts';
import { OBJECT_TYPES } from '../../../src/domain/stacks/definition.ts';

/** By the rules of Kubernetes for the values of labels. */
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?)?$/;
const name = '/acme/jack/7b1f4e0c-26a1-5d4c-9f0e-0c9e6f4d8a11';
const owner = `/acme/jack/shop Database Server: ü 🚢 ${'l'.repeat(200)} ${name}`;

it.each(OBJECT_TYPES)(
  'a label of several words and a generated name give a %s valid names and labels',
  (objType) => {
    const metadata = metadataOf({ objType, name, owner, spec: { name } });
    expect(metadata.name).toMatch(/^[a-z](?:[-a-z0-9]{0,50}[a-z0-9])?$/);
    for (const [key, value] of Object.entries(metadata.labels ?? {})) {
      expect(key).toMatch(/^[a-z0-9./-]+$/);
      expect(value).toMatch(LABEL_VALUE);
    }
    expect(Object.values(metadata.annotations)).toContain(owner);
  },
);

it('an instance belongs to each of the addresses that its nat lists', () => {
  const labelsOf = (nat: string | string[]): object => {
    const spec = { name, imagelist: 'nginx:1.29', networking: { eth0: { nat } } };
    return (
      instanceManifest({ objType: 'launchplan', name, owner, spec }).spec?.template.metadata?.labels ?? {}
    );
  };
  const [one, two] = ['/acme/jack/one', '/acme/jack/two'];
  expect(labelsOf([one])).toEqual(labelsOf(`ipreservation:${one}`));
  expect(labelsOf([one, two])).toEqual({ ...labelsOf(one), ...labelsOf(two) });
  expect(Object.keys(labelsOf([one, two]))).toHaveLength(Object.keys(labelsOf(one)).length + 1);
});

it.each([
  ['10737418240', '10737418240'],
  ['10737418240b', '10737418240'],
  ['10g', '10Gi'],
])('a volume of the size %s asks for %s', (size, storage) => {
  const claim = claimManifest({ objType: 'storage/volume', name, owner, spec: { name, size } });
  expect(claim.spec?.resources?.requests?.['storage']).toBe(storage);
});
