import { describe, expect, it } from 'vitest';
import { createKubernetesDrivers } from '../../../src/activities/stacks/drivers/kubernetes/index.ts';
import type { WantedObject } from '../../../src/activities/stacks/drivers/driver.ts';
import { kubeConfigFor, NOBODY, serve, type Answer } from '../clients/http-answers.ts';

const VOLUME: WantedObject = {
  objType: 'storage/volume',
  name: '/acme/jack/disk',
  owner: '/acme/jack/shop disks /acme/jack/disk',
  spec: { name: '/acme/jack/disk', size: '10G' },
};
const { signal } = new AbortController();

const status = (code: number, reason: string, message: string, details?: object): Answer => ({
  status: code,
  json: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, details, code },
});
const missing = (name: string): Answer =>
  status(404, 'NotFound', 'not found', { name, kind: 'persistentvolumeclaims' });

/** The driver for volumes on an API where nothing exists, with its answer to a POST. */
async function creating(answer: Answer): Promise<unknown> {
  const { url } = await serve(({ method, url: { pathname } }) =>
    method === 'GET' ? missing(pathname.split('/').at(-1) ?? '') : answer,
  );
  const drivers = createKubernetesDrivers({ kubeConfig: kubeConfigFor(url), namespace: 'stacks' });
  return await drivers['storage/volume'].create(VOLUME, signal).catch((error: unknown) => error);
}

describe('what a Kubernetes API answers to the creation of an object', () => {
  it.each<[string, Answer]>([
    [
      'a quota',
      status(403, 'Forbidden', 'persistentvolumeclaims "disk" is forbidden: exceeded quota: small', {
        name: 'disk',
      }),
    ],
    ['values that are not valid', status(422, 'Invalid', 'spec.resources: Invalid value', { name: 'disk' })],
    ['a body that it cannot read', status(400, 'BadRequest', 'quantities must match')],
    [
      'a namespace that is not there',
      status(404, 'NotFound', 'namespaces "stacks" not found', { name: 'stacks', kind: 'namespaces' }),
    ],
  ])('%s: final', async (_, answer) => {
    expect(await creating(answer)).toMatchObject({ name: 'FinalError', code: 'OBJECT_REFUSED' });
  });

  it.each<[string, Answer]>([
    [
      'a role that lacks a right',
      status(403, 'Forbidden', 'User "x" cannot create resource "persistentvolumeclaims"', { name: 'disk' }),
    ],
    [
      'a namespace that is about to go',
      status(403, 'Forbidden', 'unable to create new content because it is being terminated', {
        name: 'disk',
      }),
    ],
    ['credentials that have expired', status(401, 'Unauthorized', 'Unauthorized')],
    ['something in between that forbids', { status: 403, raw: '<html>' }],
    ['too many requests', status(429, 'TooManyRequests', 'slow down')],
    ['an error of its own', status(500, 'InternalError', 'etcd is away')],
    ['a name that is taken at that moment', status(409, 'AlreadyExists', 'exists', { name: 'disk' })],
    ['a connection that breaks', 'hang up'],
  ])('%s: again later', async (_, answer) => {
    expect(await creating(answer)).toMatchObject({ name: 'UnavailableError', system: 'objects' });
  });

  it('carries the words of the API, and says what to do', async () => {
    const error = await creating(status(422, 'Invalid', 'spec.resources: Invalid value', { name: 'disk' }));
    expect(error).toMatchObject({
      message: expect.stringMatching(/answered 422 \(spec.resources: Invalid value\); mend/) as string,
    });
  });
});

describe('looking for an object', () => {
  const looking = async (answer: Answer): Promise<unknown> => {
    const { url } = await serve(() => answer);
    const drivers = createKubernetesDrivers({ kubeConfig: kubeConfigFor(url), namespace: 'stacks' });
    return await drivers['storage/volume'].describe(VOLUME, signal).catch((error: unknown) => error);
  };

  it('finds nothing where the API says that this object does not exist', async () => {
    expect(await looking(missing('disk'))).toBeUndefined();
  });

  it.each<[string, Answer]>([
    ['something else that answers 404', { status: 404, raw: '404 page not found' }],
    ['an API without this kind', status(404, 'NotFound', 'the server could not find the requested resource')],
  ])('does not take %s for that', async (_, answer) => {
    expect(await looking(answer)).toMatchObject({ name: 'FinalError', code: 'UNEXPECTED_ANSWER' });
  });

  it.each<[string, Answer]>([
    ['no object', { json: {} }],
    ['an object without identity', { json: { metadata: { name: 'disk' } } }],
    ['a list', { json: [] }],
    ['HTML', { status: 200, raw: '<html></html>' }],
  ])('takes %s for no answer', async (_, answer) => {
    expect(await looking(answer)).toMatchObject({ name: 'UnavailableError', system: 'objects' });
  });

  it('says that nobody answers', async () => {
    const drivers = createKubernetesDrivers({ kubeConfig: kubeConfigFor(NOBODY), namespace: 'stacks' });
    await expect(drivers.seclist.describe({ ...VOLUME, objType: 'seclist' }, signal)).rejects.toMatchObject({
      name: 'UnavailableError',
      system: 'objects',
    });
  });
});

it('a patch of an object that somebody has replaced meanwhile may be tried again', async () => {
  const instance: WantedObject = { ...VOLUME, objType: 'launchplan' };
  const { url } = await serve(({ method }) =>
    method === 'GET'
      ? { json: { metadata: { name: 'one', uid: 'first', resourceVersion: '1' }, spec: { replicas: 0 } } }
      : status(422, 'Invalid', 'metadata.uid: field is immutable', {
          name: 'one',
          causes: [{ reason: 'FieldValueInvalid', message: 'field is immutable', field: 'metadata.uid' }],
        }),
  );
  const { launchplan } = createKubernetesDrivers({ kubeConfig: kubeConfigFor(url), namespace: 'stacks' });
  await expect(launchplan.start(instance, signal)).rejects.toMatchObject({ name: 'ConflictError' });
});
