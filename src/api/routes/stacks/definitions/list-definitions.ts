import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { registerFolderLists } from './folder-lists.ts';
import { stackSchema, toStack, type StackAnswer } from './stack.ts';

/** Stacks that are read, and written to the caller, at a time: each may have 1,000 objects, and a definition of 1 MiB. */
const BATCH_SIZE = 20;

/** A78. */
export function registerListStacks(api: Api, deps: AppDependencies): void {
  registerFolderLists(api, {
    root: '/orchestration',
    tag: 'stacks',
    what: 'stacks',
    entry: stackSchema,
    listName: 'StackList',
    byStatus: true,
    list: async (c, filter, paging) => {
      const { rows: names, total } = await deps.repositories.stacks.listNames(filter, paging);
      return { batches: detailsOf(deps, names, c.var.baseURL), total };
    },
    names: (folder, paging) => deps.repositories.stacks.listNames({ folder }, paging),
  });
}

async function* detailsOf(
  { repositories: { stacks, stackObjects } }: AppDependencies,
  names: string[],
  baseURL: string,
): AsyncGenerator<StackAnswer[], void, undefined> {
  for (let from = 0; from < names.length; from += BATCH_SIZE) {
    const batch = names.slice(from, from + BATCH_SIZE);
    const [rows, objects] = await Promise.all([stacks.listDefinitions(batch), stackObjects.ofStacks(batch)]);
    yield rows.map((row) => toStack(row, objects.get(row.name) ?? [], baseURL));
  }
}
