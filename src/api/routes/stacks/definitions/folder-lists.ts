/**
 * The six lists below a root: of everything, of a container, of a user; with a slash at the end with details, without
 * one names alone (A78).
 */
import { createRoute, z } from '@hono/zod-openapi';
import type { Folder } from '../../../../db/repositories/stacks/life-cycle-repositories.ts';
import type { Page, Paging } from '../../../../db/repositories/repository-types.ts';
import { STACK_NAME_PART } from '../../../../domain/stacks/multipart-name.ts';
import { STACK_STATUSES, type StackStatus } from '../../../../domain/stacks/statuses.ts';
import { bearer, problems } from '../../../answers.ts';
import type { Api, ApiContext } from '../../../api-dependencies.ts';
import { inDirectoryTypes, inStackTypes } from '../../../media-types.ts';
import { permits } from '../../../middleware/authorization.ts';
import { ProblemError } from '../../../problem.ts';
import { BARE_LIST_SIZE, listPaging, pagingQuery, stateQuery, totalCountHeader } from '../../../paging.ts';
import { answerPieces } from '../json-pieces.ts';
import { containerParameter, folderParameters } from './find-definition.ts';

type Entry = Record<string, unknown>;

type Batches = AsyncIterable<Entry[]> | Iterable<Entry[]>;

/** The entries of a page, some at a time: a definition may be 1 MiB, and 1,000 of them no memory's business. */
export interface EntryBatches {
  total: number;
  batches: Batches;
}

/** The names below `root`. */
export interface FolderLists {
  /** Like `/orchestration`. */
  root: string;
  tag: string;
  /** In the plural, for summaries. */
  what: string;
  /** Schema of an entry and a name for the schema of the list. */
  entry: z.ZodType<Entry>;
  listName: string;
  /** Whether `status` may be given. */
  byStatus: boolean;
  list(
    c: ApiContext,
    filter: { folder: Folder; statuses?: StackStatus[] },
    paging: Paging,
  ): Promise<EntryBatches>;
  names(folder: Folder, paging: Paging): Promise<Page<string>>;
}

const FOLDERS = [
  { path: '', of: 'all', params: z.object({}) },
  { path: '/{container}', of: 'a container’s', params: z.object(containerParameter) },
  { path: '/{container}/{user}', of: 'a user’s', params: z.object(folderParameters) },
];

const DESCRIPTION = `Without \`page\` and \`page_size\` at most the first ${BARE_LIST_SIZE}, by name. The list of a folder that nothing is in is empty.`;

const plainQuery = z.strictObject(pagingQuery);
const statusQuery = z.strictObject({ ...pagingQuery, status: stateQuery(STACK_STATUSES) });
const nameListSchema = z
  .object({ result: z.array(z.string()) })
  .openapi('NameList', { example: { result: ['/acme/jack/shop'] } });

const shared = (tag: string) => ({
  method: 'get' as const,
  tags: [tag],
  description: DESCRIPTION,
  security: bearer,
  middleware: [permits('read')],
});

/** Throws ProblemError not-found for what can't be part of a name, as with a name whose slashes were encoded. */
function checkFolder({ container, user }: Folder): void {
  for (const part of [container, user]) {
    if (part === undefined || STACK_NAME_PART.test(part)) continue;
    throw new ProblemError(
      'not-found',
      'A part of this path cannot be one of a name: these are letters, digits, "-", "_", "." and "@"; slashes stand between them as they are',
    );
  }
}

/** Registers all six. */
export function registerFolderLists(api: Api, lists: FolderLists): void {
  registerDetails(api, lists);
  registerNames(api, lists);
}

function registerDetails(api: Api, { root, tag, what, entry, listName, byStatus, list }: FolderLists): void {
  const schema = z.object({ result: z.array(entry) }).openapi(listName);
  for (const { path, of, params } of FOLDERS) {
    const route = createRoute({
      ...shared(tag),
      path: `${root}${path}/`,
      summary: `With details, ${of} ${what}`,
      request: { params, query: byStatus ? statusQuery : plainQuery },
      responses: {
        200: { description: `The ${what}`, headers: totalCountHeader, content: inStackTypes({ schema }) },
        ...(path === '' ? problems('invalid-input') : problems('invalid-input', 'not-found')),
      },
    });
    api.openapi(route, async (c) => {
      const query: z.output<typeof statusQuery> = c.req.valid('query');
      const filter = { folder: c.req.valid('param'), statuses: query.status };
      checkFolder(filter.folder);
      const { batches, total } = await list(c, filter, listPaging(query));
      c.header('X-Total-Count', String(total));
      return await answerPieces<{ result: Entry[] }, 200>(c, piecesOf(batches), 200, `a list of ${what}`);
    });
  }
}

async function* piecesOf(batches: Batches): AsyncGenerator<string, void, undefined> {
  let before = '{"result":[';
  for await (const batch of batches) {
    if (batch.length === 0) continue;
    yield before + batch.map((entry) => JSON.stringify(entry)).join(',');
    before = ',';
  }
  yield before === ',' ? ']}' : `${before}]}`;
}

function registerNames(api: Api, { root, tag, what, names }: FolderLists): void {
  for (const { path, of, params } of FOLDERS) {
    const route = createRoute({
      ...shared(tag),
      path: `${root}${path}`,
      summary: `The names of ${of} ${what}`,
      request: { params, query: plainQuery },
      responses: {
        200: {
          description: 'Their names',
          headers: totalCountHeader,
          content: inDirectoryTypes({ schema: nameListSchema }),
        },
        ...(path === '' ? problems('invalid-input') : problems('invalid-input', 'not-found')),
      },
    });
    api.openapi(route, async (c) => {
      const folder: Folder = c.req.valid('param');
      const paging = listPaging(c.req.valid('query'));
      checkFolder(folder);
      const { rows, total } = await names(folder, paging);
      c.header('X-Total-Count', String(total));
      c.set('listsNames', true);
      return c.json({ result: rows }, 200);
    });
  }
}
