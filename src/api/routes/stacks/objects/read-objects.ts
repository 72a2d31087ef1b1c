import { createRoute, z } from '@hono/zod-openapi';
import type { StackObjectRow } from '../../../../db/repositories/stacks/life-cycle-repositories.ts';
import { bearer, noQuery, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { inStackTypes } from '../../../media-types.ts';
import { permits } from '../../../middleware/authorization.ts';
import { nameIn, nameParameters, throwUnknown, type NameParts } from '../definitions/find-definition.ts';
import { registerFolderLists } from '../definitions/folder-lists.ts';
import {
  instanceSchema,
  OBJECT_ROOTS,
  objectSchema,
  SHOWN_TYPES,
  toInstance,
  toInstanceByID,
  toObject,
  type ObjectAnswer,
  type ObjectSchema,
  type ShownType,
} from './object.ts';

/**
 * Objects that are read, and written to the caller, at a time: the specification of one may be most of a definition
 * of 1 MiB.
 */
const BATCH_SIZE = 50;

/** A name and the identity of what has it. */
export const instanceIDParameters = {
  ...nameParameters,
  id: z
    .string()
    .openapi({ param: { name: 'id', in: 'path' }, example: '0f6d3c9b-5d3a-4c0e-9d4b-0b6d5f6c2a11' }),
};

/** The row of an object that exists; with `id` only while it has that identity. Throws ProblemError not-found. */
export async function findObject(
  deps: Pick<AppDependencies, 'repositories'>,
  type: ShownType,
  { id, ...parts }: NameParts & { id?: string },
): Promise<StackObjectRow> {
  const listPath = `${OBJECT_ROOTS[type]}/`;
  const name = nameIn(parts, listPath);
  const rows = await deps.repositories.stackObjects.findByName(type, name);
  // The lists show the same ones.
  const found = rows.find(({ objectID, condition }) =>
    id === undefined ? objectID !== null || condition === 'creating' : objectID === id,
  );
  return found ?? throwUnknown(id === undefined ? name : `${name}/${id}`, listPath);
}

/** A70, A71: of each type, the objects that exist. */
export function registerReadObjects(api: Api, deps: AppDependencies): void {
  for (const type of SHOWN_TYPES) {
    registerGetObject(api, deps, type);
    registerListObjects(api, deps, type);
  }
  registerGetInstanceByID(api, deps);
}

function registerGetObject(api: Api, deps: AppDependencies, type: ShownType): void {
  const route = createRoute({
    method: 'get',
    path: `${OBJECT_ROOTS[type]}/{container}/{user}/{name}`,
    tags: ['objects'],
    summary: `One ${titleOf(type)} that exists`,
    security: bearer,
    middleware: [permits('read')],
    request: { params: z.object(nameParameters), query: noQuery },
    responses: {
      200: { description: 'The object', content: inStackTypes({ schema: schemaOf(type) }) },
      ...problems('invalid-input', 'not-found'),
    },
  });
  api.openapi(route, async (c) => {
    const row = await findObject(deps, type, c.req.valid('param'));
    return c.json(answerOf(row, type, c.var.baseURL), 200);
  });
}

/** Oracle's clients know an instance by a name of four parts, the last of which is its ID (ADR 37). */
function registerGetInstanceByID(api: Api, deps: AppDependencies): void {
  const route = createRoute({
    method: 'get',
    path: '/instance/{container}/{user}/{name}/{id}',
    tags: ['objects'],
    summary: 'One instance by its name and its ID',
    security: bearer,
    middleware: [permits('read')],
    request: { params: z.object(instanceIDParameters), query: noQuery },
    responses: {
      200: {
        description: 'The instance, with a name of four parts',
        content: inStackTypes({ schema: instanceSchema }),
      },
      ...problems('invalid-input', 'not-found'),
    },
  });
  api.openapi(route, async (c) => {
    const row = await findObject(deps, 'launchplan', c.req.valid('param'));
    return c.json(toInstanceByID(row, c.var.baseURL), 200);
  });
}

function registerListObjects(api: Api, deps: AppDependencies, type: ShownType): void {
  const { stackObjects } = deps.repositories;
  registerFolderLists(api, {
    root: OBJECT_ROOTS[type],
    tag: 'objects',
    what: `${titleOf(type)}s that exist`,
    entry: schemaOf(type),
    listName: type === 'launchplan' ? 'InstanceList' : 'ObjectList',
    byStatus: false,
    list: async (c, { folder }, paging) => {
      const { rows: names, total } = await stackObjects.listNames(type, folder, paging);
      return { batches: detailsOf(deps, type, names, c.var.baseURL), total };
    },
    names: (folder, paging) => stackObjects.listNames(type, folder, paging),
  });
}

async function* detailsOf(
  { repositories: { stackObjects } }: Pick<AppDependencies, 'repositories'>,
  type: ShownType,
  names: string[],
  baseURL: string,
): AsyncGenerator<ObjectAnswer[], void, undefined> {
  for (let from = 0; from < names.length; from += BATCH_SIZE) {
    const rows = await stackObjects.listNamed(type, names.slice(from, from + BATCH_SIZE));
    yield rows.map((row) => answerOf(row, type, baseURL));
  }
}

function schemaOf(type: ShownType): ObjectSchema {
  return type === 'launchplan' ? instanceSchema : objectSchema;
}

function answerOf(row: StackObjectRow, type: ShownType, base: string): ObjectAnswer {
  return type === 'launchplan' ? toInstance(row, base) : toObject(row, type, base);
}

function titleOf(type: ShownType): string {
  return type === 'launchplan' ? 'instance' : type;
}
