/** The pods of StatefulSets, as far as the landscape tells of them: enough to see why one does not get ready. */
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import type { LandscapeContext } from './faults.ts';
import { labelsOf, parseListQuery } from './kubernetes-answers.ts';
import { at, listAt, objectAt, textAt } from './json-path.ts';
import { hasPods, kubernetesTime, MISSING_IMAGE_HOST, objectNow } from './object-status.ts';
import type { LandscapeState } from './state.ts';
import type { JsonObject, StoredObject } from './landscape-types.ts';

/** Answers lists of pods and of events, each in one page. Nothing here makes events. */
export function addPods(app: Hono<{ Bindings: HttpBindings }>, state: LandscapeState): void {
  const namespace = '/api/v1/namespaces/:namespace';
  app.get(`${namespace}/pods`, (c) => listed(state, c, 'PodList', podsNow(state)));
  app.get(`${namespace}/events`, (c) => listed(state, c, 'EventList', []));
}

function listed(state: LandscapeState, c: LandscapeContext, kind: string, all: JsonObject[]): Response {
  state.requests.objects += 1;
  const query = parseListQuery(c);
  if (query instanceof Response) return query;
  const here = c.req.param('namespace') === state.settings.stacksNamespace;
  const items = all.filter((item) => here && query.matches(labelsOf(item)));
  const metadata = { resourceVersion: String(state.memory.resourceVersion) };
  return c.json({ apiVersion: 'v1', kind, metadata, items });
}

/** The pods of all StatefulSets, at this moment. */
function podsNow(state: LandscapeState): JsonObject[] {
  return [...state.memory.objects.values()]
    .filter((object) => object.resource === 'statefulsets' && hasPods(state, object))
    .map((object) => podOf(state, object));
}

function podOf(state: LandscapeState, object: StoredObject): JsonObject {
  const { manifest, name, changedAt, deletedAt } = object;
  const set = objectNow(state, object);
  const template = at(manifest, 'spec', 'template');
  const ready = Number(at(set, 'status', 'readyReplicas') ?? 0) > 0;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...objectAt(template, 'metadata'),
      name: `${name}-0`,
      namespace: state.settings.stacksNamespace,
      uid: `${textAt(set, 'metadata', 'uid')}-0`,
      creationTimestamp: kubernetesTime(changedAt),
      ...(deletedAt === undefined ? {} : { deletionTimestamp: kubernetesTime(deletedAt) }),
    },
    spec: objectAt(template, 'spec'),
    status: {
      phase: ready ? 'Running' : 'Pending',
      conditions: [
        { type: 'PodScheduled', status: 'True' },
        { type: 'Ready', status: ready ? 'True' : 'False' },
      ],
      containerStatuses: listAt(template, 'spec', 'containers').map((container): JsonObject => {
        const image = textAt(container, 'image');
        const waiting: JsonObject = image.startsWith(MISSING_IMAGE_HOST)
          ? { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` }
          : { reason: 'ContainerCreating' };
        const state: JsonObject = ready ? { running: {} } : { waiting };
        return { name: textAt(container, 'name'), image, imageID: '', ready, restartCount: 0, state };
      }),
    },
  };
}
