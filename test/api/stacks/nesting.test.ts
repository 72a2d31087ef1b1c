import { beforeAll, describe, expect, it } from 'vitest';
import { ApiRig } from '../api-rig.ts';
import { added, aDefinition, nesting } from './definitions.ts';

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
});

describe('nested stacks', () => {
  it('A64: may be added before what they hold exists', async () => {
    await added(rig, aDefinition('/n/x/outer', { oplans: [nesting('/n/x/later')], relationships: [] }));
  });

  it('A64: no stack holds itself: the way is named, however long it is', async () => {
    const oplansOf = (...names: string[]) => ({ oplans: [nesting(...names)], relationships: [] });
    await added(rig, aDefinition('/n/x/a', oplansOf('/n/x/b', '/n/x/leaf')));
    await added(rig, aDefinition('/n/x/b', oplansOf('/n/x/c')));
    const closing = await rig.call('POST', '/orchestration/', {
      body: aDefinition('/n/x/c', oplansOf('/n/x/leaf', '/n/x/a')),
    });
    expect(closing.status).toBe(400);
    const message =
      'must not hold itself: /n/x/c -> /n/x/a -> /n/x/b -> /n/x/c; leave one of these nested orchestrations out';
    expect(closing.body).toMatchObject({ errors: [{ path: 'oplans', message }] });
    await added(rig, aDefinition('/n/x/c'));
    const changed = await rig.call('PUT', '/orchestration/n/x/c', {
      body: aDefinition('/n/x/c', oplansOf('/n/x/a')),
    });
    expect(changed.status).toBe(400);
  });

  it('A64: holds at most 20 levels', async () => {
    for (let level = 1; level <= 21; level += 1) {
      const inner = level === 1 ? {} : { oplans: [nesting(`/deep/x/${level - 1}`)], relationships: [] };
      await added(rig, aDefinition(`/deep/x/${level}`, inner));
    }
    const answer = await rig.call('POST', '/orchestration/', {
      body: aDefinition('/deep/x/22', { oplans: [nesting('/deep/x/21')], relationships: [] }),
    });
    expect(answer.body).toMatchObject({
      status: 400,
      errors: [{ path: 'oplans', message: 'nests more than 20 levels of orchestrations' }],
    });
  });
});

it('A67: POST accepts every template unchanged', async () => {
  const { status, body } = await rig.call('GET', '/orchestration-templates', { token: 'operator' });
  expect(status).toBe(200);
  const { result } = body as { result: { name: string }[] };
  expect(result.length).toBe(3);
  for (const template of result) {
    const answer = await rig.call('POST', '/orchestration/', { body: template });
    expect({ name: template.name, status: answer.status }).toEqual({ name: template.name, status: 201 });
    const { oplans, ...rest } = template as unknown as { oplans: object[] };
    expect(answer.body).toMatchObject(rest);
    expect((answer.body as { oplans: object[] }).oplans).toMatchObject(oplans);
  }
});
