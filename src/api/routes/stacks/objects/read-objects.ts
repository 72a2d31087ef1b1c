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
  toObject,
  type ObjectAnswer,
  type ShownType,
} from './object.ts';

/** The row of an object that exists. Throws ProblemError not-found. */
export async function findObject(
  deps: Pick<AppDependencies, 'repositories'>,
  type: ShownType,
  parts: NameParts,
): Promise<StackObjectRow> {
  const listPath = `${OBJECT_ROOTS[type]}/`;
  const name = nameIn(parts, listPath);
  const rows = await deps.repositories.stackObjects.findByName(type, name);
  // The lists show the same ones.
  const found = rows.find(({ objectID, condition }) => objectID !== null || condition === 'creating');
  return found ?? throwUnknown(name, listPath);
}

/** A70, A71: of each type, the objects that exist. */
export function registerReadObjects(api: Api, deps: AppDependencies): void {
  for (const type of SHOWN_TYPES) {
    registerGetObject(api, deps, type);
    registerListObjects(api, deps, type);
  }
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
      const { rows, total } = await stackObjects.list(type, folder, paging);
      return { rows: rows.map((row) => answerOf(row, type, c.var.baseURL)), total };
    },
    names: (folder, paging) => stackObjects.listNames(type, folder, paging),
  });
}

function schemaOf(type: ShownType): typeof objectSchema {
  return type === 'launchplan' ? instanceSchema : objectSchema;
}

function answerOf(row: StackObjectRow, type: ShownType, base: string): ObjectAnswer {
  return type === 'launchplan' ? toInstance(row, base) : toObject(row, type, base);
}

function titleOf(type: ShownType): string {
  return type === 'launchplan' ? 'instance' : type;
}
