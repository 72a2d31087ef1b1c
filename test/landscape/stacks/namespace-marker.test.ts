import { randomUUID } from 'node:crypto';
import { KubeConfig } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import {
  createKubernetesDrivers,
  inOwnNamespace,
} from '../../../src/activities/stacks/drivers/kubernetes/index.ts';
import type { Drivers } from '../../../src/activities/stacks/drivers/driver.ts';
import type { Landscape } from '../../../src/dev/landscape/index.ts';
import { landscape } from '../support.ts';
import { SIGNAL, wanted } from './driver-rig.ts';

function driversOf(of: Landscape, installationID: string): Omit<Drivers, 'orchestration'> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(of.kubeconfigPath);
  const options = { kubeConfig, namespace: 'drydock-stacks' };
  return inOwnNamespace(createKubernetesDrivers(options), installationID, options);
}

describe('the namespace of the objects of stacks', () => {
  it('belongs to the installation that first creates something there, and no other one changes anything', async () => {
    const of = await landscape({ podSeconds: 1 });
    const [first, second] = [randomUUID(), randomUUID()];
    const volume = wanted('storage/volume', '/acme/jack/disk', { size: '10G' });
    await driversOf(of, first)['storage/volume'].create(volume, SIGNAL);

    const others = driversOf(of, second);
    const refused = { code: 'OBJECT_REFUSED', message: expect.stringContaining(first) as string };
    await expect(others['storage/volume'].destroy(volume, SIGNAL)).rejects.toMatchObject(refused);
    await expect(
      others['ip/reservation'].create(wanted('ip/reservation', '/acme/jack/ip'), SIGNAL),
    ).rejects.toMatchObject(refused);
    await expect(
      others.launchplan.stop(
        wanted('launchplan', '/acme/jack/vm', { shape: 'oc3', imagelist: 'nginx' }),
        SIGNAL,
      ),
    ).rejects.toMatchObject(refused);
    expect(await others['storage/volume'].describe(volume, SIGNAL)).toMatchObject({ owner: volume.owner });
    // Again, after a restart of the first one.
    await driversOf(of, first)['storage/volume'].destroy(volume, SIGNAL);
  });

  it('is marked by one of two that begin at once', async () => {
    const of = await landscape({ podSeconds: 1 });
    const ends = await Promise.allSettled(
      [randomUUID(), randomUUID()].map((id, index) =>
        driversOf(of, id)['storage/volume'].create(
          wanted('storage/volume', `/acme/jack/disk${index}`, { size: '10G' }),
          SIGNAL,
        ),
      ),
    );
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});
