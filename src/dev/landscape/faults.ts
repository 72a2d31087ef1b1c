import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, Input, Next } from 'hono';
import * as z from 'zod';

/** The systems that can be made to fail, each on its own. */
export const SYSTEMS = ['inventory', 'overrides', 'provisioner', 'objects'] as const;
export type System = (typeof SYSTEMS)[number];

/** Faults of a system's answers. */
export const faultSchema = z.strictObject({
  mode: z
    .enum(['none', 'unavailable', 'timeout', 'garbage', 'cut', 'lost', 'silent'])
    .default('none')
    .describe(
      'unavailable: an error status; timeout: no answer while the caller waits; garbage: HTML instead of the protocol; ' +
        'cut: the connection breaks; lost: the request is carried out and then the connection breaks; silent: it is carried out, ' +
        'and there is no answer',
    ),
  status: z.int().min(400).max(599).default(503).describe('status of mode unavailable'),
  latencyMs: z.int().min(0).default(0).describe('added before every answer, in any mode'),
  times: z.int().min(1).optional().describe('how many requests it hits; without it all until it is lifted'),
  only: z.enum(['query', 'mutation']).optional().describe('which requests it hits, not for objects'),
});
export type Fault = z.infer<typeof faultSchema>;

/** The faults in force. They live in memory: a restarted landscape is healthy. */
export class FaultBoard {
  private readonly faults = new Map<System, Fault>();

  set(system: System, fault: Fault): void {
    this.faults.set(system, { ...fault });
  }

  clear(system?: System): void {
    if (system) this.faults.delete(system);
    else this.faults.clear();
  }

  list(): Partial<Record<System, Fault>> {
    return Object.fromEntries(this.faults);
  }

  /** The fault that hits this request; counts it. */
  take(system: System, kind?: 'query' | 'mutation'): Fault | undefined {
    const fault = this.faults.get(system);
    if (!fault || (fault.only !== undefined && kind !== undefined && fault.only !== kind)) return undefined;
    const hit = { ...fault };
    if (fault.times !== undefined) {
      fault.times -= 1;
      if (fault.times === 0) this.faults.delete(system);
    }
    return hit;
  }
}

export type LandscapeContext = Context<{ Bindings: HttpBindings }>;

/** Answers as the fault wants it, or lets the request through. `unavailable` is how the system itself says an error. */
export async function answerWithFault<Path extends string, In extends Input>(
  c: Context<{ Bindings: HttpBindings }, Path, In>,
  next: Next,
  fault: Fault | undefined,
  latencyMs: number,
  unavailable: (status: number) => Response,
): Promise<Response | undefined> {
  await pause(latencyMs + (fault?.latencyMs ?? 0));
  switch (fault?.mode) {
    case undefined:
    case 'none':
      await next();
      return undefined;
    case 'unavailable':
      return unavailable(fault.status);
    case 'garbage':
      return new Response('<html><body><h1>Welcome</h1></body></html>', {
        headers: { 'content-type': 'text/html' },
      });
    case 'timeout':
      await closing(c.env.outgoing);
      return RESPONSE_ALREADY_SENT;
    case 'cut':
      c.env.outgoing.destroy();
      return RESPONSE_ALREADY_SENT;
    case 'lost':
      await next();
      c.env.outgoing.destroy();
      c.res = RESPONSE_ALREADY_SENT;
      return undefined;
    case 'silent':
      await next();
      await closing(c.env.outgoing);
      c.res = RESPONSE_ALREADY_SENT;
      return undefined;
  }
}

/** Resolves when the caller has given up, or the landscape closes its connections. */
function closing(outgoing: HttpBindings['outgoing']): Promise<void> {
  if (outgoing.closed) return Promise.resolve();
  return new Promise((resolve) => outgoing.once('close', () => resolve()));
}

function pause(ms: number): Promise<void> {
  return ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve();
}
