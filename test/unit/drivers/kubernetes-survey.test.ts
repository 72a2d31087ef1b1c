import { expect, it } from 'vitest';
import { createKubernetesDrivers } from '../../../src/activities/stacks/drivers/kubernetes/index.ts';
import { clusterName } from '../../../src/activities/stacks/drivers/kubernetes/names.ts';
import type {
  DescribedObject,
  ObjectRef,
  WantedObject,
} from '../../../src/activities/stacks/drivers/driver.ts';
import { kubeConfigFor, serve, type Answer, type ReceivedRequest } from '../clients/http-answers.ts';

const { signal } = new AbortController();
const refs: ObjectRef[] = ['a', 'b', 'c'].map((name) => ({
  objType: 'launchplan',
  name: `/acme/jack/${name}`,
  owner: `/acme/jack/shop web /acme/jack/${name}`,
}));

/** A StatefulSet that is shut down. */
const statefulSet = ({ name, owner }: ObjectRef, uid = name): object => ({
  metadata: {
    name: clusterName('launchplan', name),
    uid,
    resourceVersion: '1',
    generation: 1,
    annotations: { 'drydock.dev/owner': owner, 'drydock.dev/desired': 'shutdown' },
  },
  spec: { replicas: 0 },
  status: { observedGeneration: 1, replicas: 0 },
});
const page = (items: object[], next?: string): Answer => ({
  json: { kind: 'StatefulSetList', metadata: { continue: next ?? '' }, items },
});
const expired: Answer = {
  status: 410,
  json: { kind: 'Status', status: 'Failure', reason: 'Expired', message: 'too old', code: 410 },
};

async function surveying(answers: (request: ReceivedRequest) => Answer) {
  const { url, requests } = await serve(answers);
  const { launchplan } = createKubernetesDrivers({ kubeConfig: kubeConfigFor(url), namespace: 'stacks' });
  const survey = launchplan.survey?.();
  if (!survey) throw new Error('The driver cannot tell of many at once');
  const ask = (of = refs): Promise<ReadonlyMap<string, DescribedObject>> => survey(of, signal);
  return { ask, requests };
}

it('reads the instances of its namespace page by page, once for all that is asked', async () => {
  const [a, b, c] = refs.map((ref) => statefulSet(ref)) as [object, object, object];
  const { ask, requests } = await surveying(({ url }) =>
    url.searchParams.has('continue') ? page([c]) : page([a, b], 'more'),
  );
  expect([...(await ask()).keys()]).toEqual(refs.map(({ name }) => name));
  expect([...(await ask(refs.slice(1, 2))).values()]).toMatchObject([
    { id: '/acme/jack/b', state: 'shutdown' },
  ]);
  expect(requests.map(({ url }) => [url.pathname, Object.fromEntries(url.searchParams)])).toEqual([
    [
      '/apis/apps/v1/namespaces/stacks/statefulsets',
      { labelSelector: 'drydock.dev/type=launchplan', limit: '500' },
    ],
    [
      '/apis/apps/v1/namespaces/stacks/statefulsets',
      { labelSelector: 'drydock.dev/type=launchplan', limit: '500', continue: 'more' },
    ],
  ]);
});

it('begins again when the list expires half-way, and keeps nothing of the one before', async () => {
  const [a, b] = refs as [ObjectRef, ObjectRef];
  let begun = 0;
  const { ask } = await surveying(({ url }) => {
    if (url.searchParams.has('continue')) return begun === 1 ? expired : page([]);
    begun += 1;
    return begun === 1 ? page([statefulSet(a)], 'more') : page([statefulSet(b)], 'more');
  });
  expect([...(await ask()).keys()]).toEqual([b.name]);
});

it('gives up on a list that expires each time, and says so', async () => {
  const { ask, requests } = await surveying(({ url }) =>
    url.searchParams.has('continue') ? expired : page([], 'more'),
  );
  await expect(ask()).rejects.toMatchObject({ name: 'ListExpiredError', system: 'objects' });
  expect(requests).toHaveLength(8);
});

it('leaves out what it cannot read, and tells of the others', async () => {
  const [a, b] = refs as [ObjectRef, ObjectRef];
  const { ask } = await surveying(() =>
    page([{ metadata: { name: 'odd' } }, {}, statefulSet(a), statefulSet(b)]),
  );
  expect([...(await ask()).keys()]).toEqual([a.name, b.name]);
});

it('asks for one user of what is to be destroyed, however many there are, and follows pages that are empty', async () => {
  const volume: WantedObject = {
    objType: 'storage/volume',
    name: '/acme/jack/disk',
    owner: 'me',
    spec: { name: '/acme/jack/disk' },
  };
  const claim = {
    metadata: {
      name: clusterName('storage/volume', volume.name),
      uid: 'claim',
      resourceVersion: '1',
      annotations: { 'drydock.dev/owner': 'me' },
    },
  };
  const { url, requests } = await serve(({ url: { pathname, searchParams } }) => {
    if (!pathname.endsWith('/statefulsets')) return { json: claim };
    return searchParams.has('continue') ? page(refs.map((ref) => statefulSet(ref))) : page([], 'more');
  });
  const drivers = createKubernetesDrivers({ kubeConfig: kubeConfigFor(url), namespace: 'stacks' });
  await expect(drivers['storage/volume'].destroy(volume, signal)).rejects.toThrow('is in use by');
  expect(requests.at(-1)?.url.searchParams.get('limit')).toBe('1');
});
