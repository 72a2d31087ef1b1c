/** Definitions of stacks for tests, and the REST API of stacks as a client uses it. */
import { z } from 'zod';
import type { Json } from '../../../src/domain/stacks/definition.ts';
import { isTransitional, type StackStatus } from '../../../src/domain/stacks/statuses.ts';
import { expectStatus, type Answer, type Rest } from '../../e2e/rest.ts';
import { until } from '../environment.ts';

export type Fields = Record<string, Json>;

export interface OplanBody {
  label: string;
  obj_type: string;
  ha_policy?: string;
  objects: Fields[];
}

export interface StackBody {
  name: string;
  description?: string;
  account?: string;
  schedule?: { start_time?: string | null; stop_time?: string | null };
  oplans: OplanBody[];
  relationships?: { oplan: string; to_oplan: string; type: string }[];
}

/** A plan of other objects than instances; each of the names gets the same further fields. */
export function plan(label: string, objType: string, names: string[], fields: Fields = {}): OplanBody {
  return { label, obj_type: objType, objects: names.map((name) => ({ ...fields, name })) };
}

/** A launch plan with these instances. */
export function instances(
  label: string,
  names: string[],
  fields: Fields = {},
  changes: Partial<OplanBody> = {},
): OplanBody {
  const group = names.map((name) => ({ shape: 'oc3', imagelist: '/oracle/public/oel_7', ...fields, name }));
  return { label, obj_type: 'launchplan', objects: [{ instances: group }], ...changes };
}

/** `['web', 'db']`: web depends on db. */
export function depends(...pairs: [string, string][]): NonNullable<StackBody['relationships']> {
  return pairs.map(([oplan, to]) => ({ oplan, to_oplan: to, type: 'depends' }));
}

const information = z.strictObject({ errors: z.record(z.string(), z.string()) });
export const stackSchema = z.looseObject({
  name: z.string(),
  status: z.string().transform((status) => status as StackStatus),
  status_timestamp: z.string(),
  uri: z.string(),
  user: z.string(),
  info: information,
  oplans: z.array(
    z.looseObject({
      label: z.string(),
      status: z.string(),
      status_timestamp: z.string(),
      info: information.extend({ needs: z.array(z.string()) }),
    }),
  ),
});
export type Stack = z.infer<typeof stackSchema>;

export const objectSchema = z.looseObject({
  name: z.string(),
  uri: z.string(),
  id: z.string().nullable(),
  state: z.string(),
  orchestration: z.string(),
  oplan: z.string(),
});
export type ObjectAnswer = z.infer<typeof objectSchema>;

/** A point in time as definitions have it. */
export function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}

/** One network and nothing else: the least that a stack can be. */
export function network(name: string): StackBody {
  return { name, oplans: [plan('net', 'vnet', [`${name}-net`])] };
}

/** The API of stacks, asked as an administrator. */
export class StackClient {
  constructor(private readonly rest: Rest) {}

  async add(body: StackBody): Promise<Stack> {
    return stackSchema.parse(expectStatus(201, await this.rest.post('/orchestration/', body)).body);
  }

  async get(name: string): Promise<Stack> {
    return stackSchema.parse(expectStatus(200, await this.rest.request('GET', `/orchestration${name}`)).body);
  }

  /** The API's answer, whatever it is. */
  async tryAction(name: string, action: string): Promise<Answer> {
    return await this.rest.request('PUT', `/orchestration${name}?action=${action}`);
  }

  async act(name: string, action: string): Promise<Stack> {
    return stackSchema.parse(expectStatus(200, await this.tryAction(name, action)).body);
  }

  async tryDefine(name: string, body: StackBody): Promise<Answer> {
    return await this.put(`/orchestration${name}`, body);
  }

  async define(body: StackBody): Promise<Stack> {
    return stackSchema.parse(expectStatus(200, await this.tryDefine(body.name, body)).body);
  }

  async tryRemove(name: string): Promise<Answer> {
    return await this.rest.request('DELETE', `/orchestration${name}`);
  }

  /** Waits until a status is reached; fails at once when another terminal one comes. */
  async reaches(name: string, ...wanted: StackStatus[]): Promise<Stack> {
    return await until(
      async () => {
        const stack = await this.get(name);
        if (wanted.includes(stack.status)) return stack;
        if (!isTransitional(stack.status) && stack.status === 'error') {
          throw new Error(
            `${name} is ${stack.status}, not ${wanted.join(' or ')}: ${JSON.stringify(stack.info)}`,
          );
        }
        return undefined;
      },
      { what: `that ${name} is ${wanted.join(' or ')}` },
    );
  }

  /** Sends an action and waits for what it ends in. */
  async bring(name: string, action: string, to: StackStatus): Promise<Stack> {
    await this.act(name, action);
    return await this.reaches(name, to);
  }

  /** Ends when so many seconds have passed for the engine, too: what would have happened by then has happened. */
  async witness(name: string, seconds: number): Promise<void> {
    await this.add({ ...network(name), schedule: { start_time: inSeconds(seconds) } });
    await this.bring(name, 'START', 'ready');
  }

  async object(type: string, name: string): Promise<ObjectAnswer> {
    return objectSchema.parse(expectStatus(200, await this.rest.request('GET', `/${type}${name}`)).body);
  }

  async tryObject(type: string, name: string): Promise<Answer> {
    return await this.rest.request('GET', `/${type}${name}`);
  }

  async tryInstance(name: string, desired: string): Promise<Answer> {
    return await this.put(`/instance${name}`, { desired_state: desired });
  }

  async instance(name: string, desired: 'running' | 'shutdown'): Promise<ObjectAnswer> {
    return objectSchema.parse(expectStatus(200, await this.tryInstance(name, desired)).body);
  }

  private async put(path: string, body: object): Promise<Answer> {
    return await this.rest.request('PUT', path, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }
}
