import { expect, it } from 'vitest';
import { stackDefinitionSchema } from '../../src/domain/stacks/definition-schema.ts';
import { depends, instances, plan } from '../support/stacks/definitions.ts';
import { StackRig } from '../support/stacks/rig.ts';

/** One object takes less than the limit of an object, two of them one after the other take more. */
const LIMIT_SECONDS = 20;
const slow = { simulation: { seconds: 11 } };

it('a nested stack may take longer than one object may, as long as its own objects do not', async () => {
  const rig = await StackRig.start({ objectTimeoutSeconds: LIMIT_SECONDS });
  const inner = await rig.add(
    stackDefinitionSchema.parse({
      name: '/patient/nia/inner',
      oplans: [
        plan('disk', 'storage/volume', ['/patient/nia/disk'], slow),
        instances('web', ['/patient/nia/web'], slow),
      ],
      relationships: depends(['web', 'disk']),
    }),
  );
  const outer = await rig.add(
    stackDefinitionSchema.parse({
      name: '/patient/nia/outer',
      oplans: [plan('inner', 'orchestration', [inner])],
    }),
  );
  // Without a busy machine it takes 25 seconds.
  await rig.bring(outer, 'START', 'ready');
  const begun = Date.parse((await rig.events(outer)).find(({ toState }) => toState === 'starting')?.at ?? '');
  const ended = Date.parse((await rig.events(outer)).find(({ toState }) => toState === 'ready')?.at ?? '');
  expect(ended - begun).toBeGreaterThan(LIMIT_SECONDS * 1000);
});
