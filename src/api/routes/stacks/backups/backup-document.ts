/** A backup as one JSON document, written as it is read: it may hold 100,000 stacks. */
import type { TypedResponse } from 'hono';
import type { JSONParsed } from 'hono/utils/types';
import type {
  BackupEntryRow,
  BackupRow,
} from '../../../../db/repositories/stacks/life-cycle-repositories.ts';
import type { ApiContext, AppDependencies } from '../../../api-dependencies.ts';
import { JSON_TYPE } from '../../../media-types.ts';
import { toExcluded, toIncluded, type BackupDocument } from './backup.ts';

/** Each may be 1 MiB. */
const PAGE_SIZE = 50;

type Sources = Pick<AppDependencies, 'repositories'>;
type EntryKind = 'included' | 'excluded';

/** Every entry of a kind, by name, a page at a time. */
export async function* entriesOf(
  { repositories }: Sources,
  id: string,
  kind: EntryKind,
): AsyncGenerator<BackupEntryRow[], void> {
  for (let after = ''; ;) {
    const page = await repositories.backups.entries(id, kind, after, PAGE_SIZE);
    const last = page.at(-1);
    if (!last) return;
    yield page;
    after = last.name;
  }
}

/** The answer with the whole document. What fails before its first piece is there fails the request as usual. */
export async function answerDocument<Status extends 200 | 201>(
  c: ApiContext,
  deps: Sources,
  row: BackupRow,
  status: Status,
): Promise<Response & TypedResponse<JSONParsed<BackupDocument>, Status, 'json'>> {
  const pieces = documentOf(deps, row);
  const first = await pieces.next();
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      if (!first.done) controller.enqueue(encoder.encode(first.value));
    },
    pull: async (controller) => {
      try {
        const piece = await pieces.next();
        if (piece.done) controller.close();
        else controller.enqueue(encoder.encode(piece.value));
      } catch (error) {
        // The status is sent already: only a connection that breaks off says that this is not all.
        c.var.logger.error({ err: error, backup: row.id }, 'a backup could not be sent to its end');
        controller.error(error);
      }
    },
    cancel: async () => void (await pieces.return(undefined)),
  });
  // To Hono's types a stream is no JSON.
  return c.body(stream, status, { 'Content-Type': JSON_TYPE }) as unknown as Response &
    TypedResponse<JSONParsed<BackupDocument>, Status, 'json'>;
}

async function* documentOf(deps: Sources, row: BackupRow): AsyncGenerator<string, void, undefined> {
  const head = { id: row.id, created_at: row.createdAt, created_by: row.createdBy };
  let before = `${JSON.stringify(head).slice(0, -1)},"stacks":[`;
  for await (const page of entriesOf(deps, row.id, 'included')) {
    yield before + page.map((entry) => JSON.stringify(toIncluded(entry))).join(',');
    before = ',';
  }
  before = before === ',' ? '],"excluded":[' : `${before}],"excluded":[`;
  for await (const page of entriesOf(deps, row.id, 'excluded')) {
    yield before + page.map((entry) => JSON.stringify(toExcluded(entry))).join(',');
    before = ',';
  }
  yield before === ',' ? ']}' : `${before}]}`;
}
