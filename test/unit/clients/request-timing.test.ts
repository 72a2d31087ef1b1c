import { describe, expect, it } from 'vitest';
import { createInventoryClient } from '../../../src/clients/upgrades/gardener.ts';
import { createOverridesClient } from '../../../src/clients/upgrades/overrides.ts';
import { createProvisionerClient } from '../../../src/clients/upgrades/provisioner.ts';
import { recordingMeter } from '../../support/recording-meter.ts';
import { kubeConfigFor, NOBODY, serve, type Answer } from './http-answers.ts';

const OF = 'outside_request_duration_seconds';

/** How often each series was told of; times are at least 0. */
function counted(told: Record<string, number[]>): Record<string, number> {
  expect(
    Object.values(told)
      .flat()
      .every((seconds) => seconds >= 0),
  ).toBe(true);
  return Object.fromEntries(Object.entries(told).map(([series, values]) => [series, values.length]));
}

const settled = async (work: Promise<unknown>): Promise<void> => void (await Promise.allSettled([work]));
const failure = (status: number): Answer => ({
  status,
  json: { kind: 'Status', status: 'Failure', message: 'no', code: status },
});

describe('a request to the Provisioner', () => {
  const operation = { id: 'op', operation: 'Upgrade', state: 'InProgress' };
  const refusal = { data: null, errors: [{ message: 'bad', extensions: { error_code: 400 } }] };

  it.each<{ outcome: string; answer: Answer }>([
    { outcome: 'answered', answer: { json: { data: { result: operation } } } },
    { outcome: 'refused', answer: { json: refusal } },
    { outcome: 'unavailable', answer: { status: 503, json: {} } },
    { outcome: 'unavailable', answer: 'hang up' },
  ])('is timed as $outcome', async ({ outcome, answer }) => {
    const { meter, take } = recordingMeter();
    const { url } = await serve(() => answer);
    await settled(createProvisionerClient({ url, meter }).operationStatus('op'));
    expect(counted(take())).toEqual({ [`${OF} provisioner ${outcome}`]: 1 });
  });

  it('that its sender gives up says nothing of the Provisioner', async () => {
    const { meter, take } = recordingMeter();
    const { url } = await serve(() => 'never');
    const signal = AbortSignal.abort();
    await settled(createProvisionerClient({ url, meter }).operationStatus('op', { signal }));
    expect(counted(take())).toEqual({ [`${OF} provisioner given up`]: 1 });
  });

  it('is not timed when it was never sent', async () => {
    const { meter, take } = recordingMeter();
    const client = createProvisionerClient({ url: NOBODY, meter });
    const fenced = (): Promise<void> => Promise.reject(new Error('not now'));
    const config = { version: '2', components: [], configuration: [] };
    await settled(client.upgradeRuntime('id', config, { beforeSending: fenced }));
    expect(take()).toEqual({});
  });
});

describe('a request to a Kubernetes API', () => {
  it('is timed by system and outcome, each page by itself; a list that expired was answered', async () => {
    const { meter, take } = recordingMeter();
    const answers = [{ json: { metadata: { continue: 'more' }, items: [] } }, failure(410), failure(500)];
    const { url } = await serve(() => answers.shift() ?? failure(500));
    const kubeConfig = kubeConfigFor(url);
    const inventory = createInventoryClient({ kubeConfig, namespace: 'garden', meter });
    const readAll = async (): Promise<void> => {
      for await (const _ of inventory.pages({}));
    };
    await settled(readAll());
    expect(counted(take())).toEqual({
      [`${OF} inventory answered`]: 1,
      [`${OF} inventory refused`]: 1,
      [`${OF} inventory unavailable`]: 1,
    });
    await settled(createOverridesClient({ kubeConfig, namespace: 'kcp', meter }).forKyma('azure', '2'));
    expect(Object.keys(take())).toEqual([`${OF} overrides unavailable`]);
  });
});
