import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { AdminError, body } from './admin-request.ts';
import { textAt } from './json-path.ts';
import { objectNow, removeEnded } from './object-status.ts';
import { keep } from './objects.ts';
import type { LandscapeState } from './state.ts';
import type { StoredObject } from './landscape-types.ts';

const killSchema = z.strictObject({ name: z.string(), seconds: z.number().positive().optional() });
const reviveSchema = z.strictObject({ name: z.string() });

/** The admin API for objects of stacks; what each route does is told in index.ts. */
export function objectRoutes(app: Hono, state: LandscapeState): void {
  const { memory, settings } = state;
  app.get('/objects', (c) => {
    removeEnded(state);
    return c.json([...memory.objects.values()].map((object) => objectNow(state, object)));
  });
  app.post('/objects/kill', async (c: Context) => {
    const { name, seconds } = await body(c, killSchema);
    const until = seconds === undefined ? null : settings.now() + seconds * 1000;
    const { name: killed } = keep(state, { ...instance(state, name), killed: { until } });
    return c.json({ killed });
  });
  app.post('/objects/revive', async (c: Context) => {
    const { name } = await body(c, reviveSchema);
    const { killed: _, ...object } = instance(state, name);
    return c.json({ revived: keep(state, object).name });
  });
}

function instance(state: LandscapeState, name: string): StoredObject {
  removeEnded(state);
  const found = [...state.memory.objects.values()]
    .filter(({ resource }) => resource === 'statefulsets')
    .find(
      (object) =>
        object.name === name ||
        textAt(object.manifest, 'metadata', 'annotations', 'drydock.dev/name') === name,
    );
  if (!found) throw new AdminError(404, 'No such instance; GET /_landscape/objects lists them');
  return found;
}
