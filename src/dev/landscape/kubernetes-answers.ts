/** Parts that the Kubernetes APIs of the landscape share: reading a request, and the form of an error. */
import type { LandscapeContext } from './faults.ts';
import { parseLabelSelector } from './label-selector.ts';
import { isObject } from './merge-patch.ts';
import type { Json, JsonObject } from './landscape-types.ts';

export interface ListQuery {
  limit: number;
  matches: (labels: Record<string, string>) => boolean;
  selective: boolean;
  selector: string;
  continueToken: string;
}

/** The query of a list; an error answer when it can't be read. */
export function parseListQuery(c: LandscapeContext): ListQuery | Response {
  const limit = Number(c.req.query('limit') ?? 0);
  const selector = c.req.query('labelSelector') ?? '';
  const matches = parseLabelSelector(selector);
  if (!Number.isInteger(limit) || limit < 0) return failure(400, 'BadRequest', 'limit is not a whole number');
  if (!matches) return failure(400, 'BadRequest', `unable to parse the label selector "${selector}"`);
  return {
    limit,
    matches,
    selector,
    selective: selector !== '',
    continueToken: c.req.query('continue') ?? '',
  };
}

/** The body as a JSON object; undefined when it is none. */
export async function readObject(c: LandscapeContext): Promise<JsonObject | undefined> {
  try {
    const body = JSON.parse(await c.req.text()) as Json;
    return isObject(body) ? body : undefined;
  } catch {
    // Malformed JSON is answered with 400 by the caller.
    return undefined;
  }
}

/** The labels of a resource. */
export function labelsOf(resource: JsonObject): Record<string, string> {
  const metadata = resource['metadata'];
  const labels = isObject(metadata) ? metadata['labels'] : undefined;
  if (!isObject(labels)) return {};
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** A Status object, Kubernetes' form of an error. */
export function failure(
  code: number,
  reason: string,
  message: string,
  details?: JsonObject,
  metadata: JsonObject = {},
): Response {
  const status = { kind: 'Status', apiVersion: 'v1', metadata, status: 'Failure', message, reason };
  return Response.json({ ...status, ...(details ? { details } : {}), code }, { status: code });
}
