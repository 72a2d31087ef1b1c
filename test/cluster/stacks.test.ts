/** The whole service with its stacks on a real control plane, with the rights of the runbook and no other. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { clusterName } from '../../src/activities/stacks/drivers/kubernetes/names.ts';
import { STACK_TEMPLATES } from '../../src/domain/stacks/templates.ts';
import { Rest } from '../e2e/rest.ts';
import { startOutside } from '../e2e/service.ts';
import { startStackService, type StackService } from '../stacks/service.ts';
import { freePort, temporaryFolder, until } from '../support/environment.ts';
import { KubernetesHTTP } from '../support/kubernetes-http.ts';
import { runCommand } from '../support/program.ts';
import { depends, instances, plan, StackClient } from '../support/stacks/definitions.ts';
import { administrator, freshNamespace } from './cluster.ts';
import { createAccount, rulesOf } from './runbook.ts';

const http = (): KubernetesHTTP => new KubernetesHTTP(administrator());

const KINDS = {
  StatefulSet: '/apis/apps/v1/namespaces/NAMESPACE/statefulsets',
  Pod: '/api/v1/namespaces/NAMESPACE/pods',
  PersistentVolumeClaim: '/api/v1/namespaces/NAMESPACE/persistentvolumeclaims',
  Service: '/api/v1/namespaces/NAMESPACE/services',
  NetworkPolicy: '/apis/networking.k8s.io/v1/namespaces/NAMESPACE/networkpolicies',
  ControllerRevision: '/apis/apps/v1/namespaces/NAMESPACE/controllerrevisions',
} as const;

const listSchema = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string(), uid: z.string() }) })),
});

/** Kind, name and identity of everything in a namespace. */
async function everythingIn(namespace: string): Promise<string[]> {
  const lists = Object.entries(KINDS).map(async ([kind, path]) => {
    const { items } = listSchema.parse(await http().ask('GET', path.replace('NAMESPACE', namespace)));
    return items.map(({ metadata }) => `${kind} ${metadata.name} ${metadata.uid}`);
  });
  return (await Promise.all(lists)).flat().sort();
}

async function isEmpty(namespace: string): Promise<void> {
  await until(async () => (await everythingIn(namespace)).length === 0, {
    what: 'that nothing is left in the namespace',
  });
}

/** Settings for a service that may do in the namespace what the runbook lists. */
async function settingsFor(namespace: string): Promise<Record<string, string>> {
  const account = await createAccount(namespace);
  await account.may(rulesOf('drydock-stacks'));
  const file = join(temporaryFolder(), 'kubeconfig.yaml');
  writeFileSync(file, account.kubeConfig.exportConfig(), { mode: 0o600 });
  return { STACK_DRIVER: 'kubernetes', STACKS_KUBECONFIG: file, STACKS_NAMESPACE: namespace };
}

let service: StackService;
let namespace: string;

beforeAll(async () => {
  namespace = await freshNamespace();
  service = await startStackService(await settingsFor(namespace));
});

describe('stacks on a real control plane', () => {
  it('A60 A66 A72: the three templates start until they are ready, stop, and leave nothing', async () => {
    const { stacks } = service;
    const [single, tiers, nested] = STACK_TEMPLATES.map((template) => structuredClone(template));
    if (!single || !tiers || !nested) throw new Error('There are not three templates');
    for (const template of [single, tiers, nested]) await stacks.add(template);
    await stacks.bring(single.name, 'START', 'ready');
    await stacks.bring(single.name, 'STOP', 'stopped');
    await isEmpty(namespace);
    // The third one starts the two others.
    await stacks.bring(nested.name, 'START', 'ready');
    expect((await stacks.get(tiers.name)).status).toBe('ready');
    const before = await everythingIn(namespace);
    expect(before.filter((each) => each.startsWith('Pod '))).toHaveLength(3);
    await stacks.bring(nested.name, 'STOP', 'stopped');
    await isEmpty(namespace);
  }, 180_000);

  it('A62 A71: a volume that another stack uses survives the STOP of its own, which names the user', async () => {
    const { stacks } = service;
    const volume = '/shared/olga/disk';
    const owner = await stacks.add({
      name: '/shared/olga/owner',
      oplans: [plan('disk', 'storage/volume', [volume], { size: '1G' })],
    });
    const user = await stacks.add({
      name: '/shared/olga/user',
      oplans: [
        plan('disk', 'storage/volume', [volume], { size: '1G' }),
        instances('web', ['/shared/olga/web'], { storage_attachments: [{ volume, index: 1 }] }),
      ],
      relationships: depends(['web', 'disk']),
    });
    await stacks.bring(owner.name, 'START', 'ready');
    await stacks.bring(user.name, 'START', 'ready');
    const claim = clusterName('storage/volume', volume);
    const before = (await everythingIn(namespace)).find((each) => each.includes(claim));
    // Adopted by the second stack, and of the first one still.
    expect(await stacks.object('storage/volume', volume)).toMatchObject({ orchestration: owner.name });

    await stacks.act(owner.name, 'STOP');
    const refused = await until(
      async () => {
        const { info } = await stacks.get(owner.name);
        return JSON.stringify(info).includes('is in use by instance /shared/olga/web');
      },
      { what: 'that the STOP says who uses the volume' },
    );
    expect(refused).toBe(true);
    expect((await everythingIn(namespace)).find((each) => each.includes(claim))).toBe(before);
    expect((await stacks.get(user.name)).status).toBe('ready');

    await stacks.bring(user.name, 'STOP', 'stopped');
    await stacks.reaches(owner.name, 'stopped');
    await isEmpty(namespace);
  }, 120_000);
});

it('A92: a START goes on when its worker is killed in the middle of it, and makes nothing twice', async () => {
  const own = await freshNamespace();
  const outside = await startOutside({ fleetSize: 1 });
  const port = await freePort();
  const env = { ...outside.env, ...(await settingsFor(own)), PORT: String(port), LOG_LEVEL: 'info' };
  const api = runCommand('api', [], { env });
  const worker = runCommand('worker', [], { env });
  await api.says(/API is listening/);
  await worker.says(/workers are running/);
  const stacks = new StackClient(
    new Rest(`http://127.0.0.1:${port}`, await outside.tokenFor('runtimeAdmin')),
  );
  const at = (name: string): string => `/killed/olga/${name}`;
  await stacks.add({
    name: at('chain'),
    oplans: [
      instances('web', [at('web')]),
      instances('db', [at('db')], { storage_attachments: [{ volume: at('disk'), index: 1 }] }),
      plan('disk', 'storage/volume', [at('disk')], { size: '1G' }),
    ],
    relationships: depends(['web', 'db'], ['db', 'disk']),
  });
  // No pod gets in: the first instance stays on its way.
  const quotas = `/api/v1/namespaces/${own}/resourcequotas`;
  await http().create(quotas, { metadata: { name: 'closed' }, spec: { hard: { pods: '0' } } });
  await stacks.act(at('chain'), 'START');
  const half = await until(
    async () => {
      const all = await everythingIn(own);
      return all.some((each) => each.startsWith('StatefulSet ')) ? all : undefined;
    },
    { what: 'the first instance' },
  );
  process.kill(worker.pid, 'SIGKILL');
  await worker.exitCode;
  await http().ask('DELETE', `${quotas}/closed`);
  runCommand('worker', [], { env });
  await until(async () => (await stacks.get(at('chain'))).status === 'ready', {
    what: 'that the stack is ready',
    limitMs: 120_000,
  });
  const whole = await everythingIn(own);
  expect(whole).toEqual(expect.arrayContaining(half) as string[]);
  expect(whole.filter((each) => each.startsWith('StatefulSet '))).toHaveLength(2);
  expect(whole.filter((each) => each.startsWith('PersistentVolumeClaim '))).toHaveLength(1);
}, 240_000);
