/** Names of Shoots by the IDs of their runtimes, for what was written with IDs: people know Shoots. */
import { useQuery } from '@tanstack/react-query';
import { body, rest } from './rest-client.ts';

/** The address of a request has room for so many, as an ID may have 200 characters. */
const MOST_NAMED = 50;

/** Those of the first fifty IDs that the inventory has, or had; empty until they are read. */
export function useShootNames(
  runtimeIDs: readonly (string | null | undefined)[],
): ReadonlyMap<string, string> {
  const ids = [...new Set(runtimeIDs.filter((id) => typeof id === 'string' && id !== ''))]
    .toSorted()
    .slice(0, MOST_NAMED) as string[];
  const { data } = useQuery({
    queryKey: ['runtimes', 'names', ids],
    queryFn: () => namesOf(ids),
    enabled: ids.length > 0,
    // Names do not change.
    meta: { isStill: true },
  });
  return data ?? NONE;
}

const NONE: ReadonlyMap<string, string> = new Map();

async function namesOf(ids: string[]): Promise<ReadonlyMap<string, string>> {
  const { data } = await body(
    rest.GET('/runtimes', {
      params: {
        query: { runtime_id: ids, state: ['all', 'deprovisioned'], op_detail: 'last', page_size: MOST_NAMED },
      },
    }),
  );
  return new Map(data.map(({ runtimeID, shootName }) => [runtimeID, shootName]));
}
