import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { registerFolderLists } from './folder-lists.ts';
import { stackSchema, toStack } from './stack.ts';

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
      const { stacks, stackObjects } = deps.repositories;
      const { rows, total } = await stacks.list(filter, paging);
      const objects = await stackObjects.ofStacks(rows.map(({ name }) => name));
      return { rows: rows.map((row) => toStack(row, objects.get(row.name) ?? [], c.var.baseURL)), total };
    },
    names: (folder, paging) => deps.repositories.stacks.listNames(folder, paging),
  });
}
