/** A backup as one JSON document, written as it is read: it may hold 100,000 stacks. */
import type { TypedResponse } from 'hono';
import type { JSONParsed } from 'hono/utils/types';
import type {
  BackupEntryRow,
  BackupRow,
} from '../../../../db/repositories/stacks/life-cycle-repositories.ts';
import type { ApiContext, AppDependencies } from '../../../api-dependencies.ts';
import { answerPieces } from '../json-pieces.ts';
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
  return await answerPieces<BackupDocument, Status>(c, documentOf(deps, row), status, 'a backup', {
    backup: row.id,
  });
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
