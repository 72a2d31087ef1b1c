import { decodeToken, encodeToken, expired, type Continue } from './continue-token.ts';
import type { LandscapeContext } from './faults.ts';
import { textAt } from './json-path.ts';
import { failure, labelsOf, parseListQuery, type ListQuery } from './kubernetes-answers.ts';
import { apiVersionOf, type ObjectKind } from './object-kinds.ts';
import { objectNow } from './object-status.ts';
import type { LandscapeState } from './state.ts';
import type { JsonObject } from './landscape-types.ts';

/** Snapshot that later pages of a list come from: it is read as it was when its first page was. */
export type Snapshots = Map<string, readonly JsonObject[]>;

/** Lists that are remembered; who reads more at once is told that the oldest has expired. */
const MOST_SNAPSHOTS = 100;

/** Answers a list of the objects of a kind: filtered by labels and by name, in the order of names, page by page. */
export function listObjects(
  state: LandscapeState,
  snapshots: Snapshots,
  kind: ObjectKind,
  c: LandscapeContext,
): Response {
  const query = parseListQuery(c);
  if (query instanceof Response) return query;
  const { memory, settings, tokenEpoch: epoch } = state;
  const now = settings.now();
  const fresh: Continue = { v: 'meta.k8s.io/v1', rv: memory.resourceVersion, start: '', at: now, epoch };
  const token = query.continueToken === '' ? fresh : decodeToken(query.continueToken);
  if (!token) return failure(400, 'BadRequest', 'continue key is not valid');
  const known =
    query.continueToken === '' || token.rv === -1 ? undefined : snapshots.get(keyOf(kind, query, token));
  const isFirst = query.continueToken === '' || token.rv === -1;
  const isExpired = token.epoch !== epoch || now - token.at > settings.continueTokenSeconds * 1000;
  if (!isFirst && (isExpired || !known))
    return expired(encodeToken({ ...fresh, rv: -1, start: token.start }));

  const all = known ?? matching(state, kind, query, c);
  const from = all.filter((object) => nameOf(object) >= token.start);
  const items = query.limit === 0 ? from : from.slice(0, query.limit);
  const rv = isFirst ? memory.resourceVersion : token.rv;
  const metadata: JsonObject = { resourceVersion: String(rv) };
  const next = from[items.length];
  if (next) {
    const more = { ...(isFirst ? fresh : token), rv, start: nameOf(next) };
    keep(snapshots, keyOf(kind, query, more), all);
    metadata['continue'] = encodeToken(more);
    // As the real API: not known when a selector filters.
    if (!query.selective) metadata['remainingItemCount'] = from.length - items.length;
  }
  return Response.json({ apiVersion: apiVersionOf(kind), kind: `${kind.kind}List`, metadata, items });
}

function matching(
  state: LandscapeState,
  kind: ObjectKind,
  query: ListQuery,
  c: LandscapeContext,
): JsonObject[] {
  if (c.req.param('namespace') !== state.settings.stacksNamespace) return [];
  const only = /^metadata\.name=(.+)$/.exec(c.req.query('fieldSelector') ?? '')?.[1];
  return [...state.memory.objects.values()]
    .filter(({ resource, name }) => resource === kind.resource && (only === undefined || name === only))
    .filter(({ manifest }) => query.matches(labelsOf(manifest)))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((object) => objectNow(state, object));
}

function keyOf(kind: ObjectKind, { selector }: ListQuery, { rv, at }: Continue): string {
  return `${kind.resource} ${rv} ${at} ${selector}`;
}

function keep(snapshots: Snapshots, key: string, all: readonly JsonObject[]): void {
  snapshots.set(key, all);
  const [oldest] = snapshots.keys();
  if (snapshots.size > MOST_SNAPSHOTS && oldest !== undefined) snapshots.delete(oldest);
}

function nameOf(object: JsonObject): string {
  return textAt(object, 'metadata', 'name');
}
