/** Names of orchestrations in lists, where several of them upgrade to one version. Pure. */
import { titleOf, type Orchestration } from './rollout-words.ts';
import { clockOf } from './times.ts';

export type Named = Pick<Orchestration, 'orchestrationID' | 'createdAt' | 'createdBy'> &
  Parameters<typeof titleOf>[0];

/** Names each of a list by its title, with who created it and when where others have the same one: `Kyma 2.20.5 of bea, 05:12 UTC`. */
export function namesApart(all: readonly Named[], now: number, zone: string): (one: Named) => string {
  const longer = (one: Named): string =>
    `${titleOf(one)} of ${one.createdBy}, ${clockOf(Date.parse(one.createdAt), now, zone)}`;
  const isShared = (nameOf: (one: Named) => string): ((one: Named) => boolean) => {
    const holders = new Map<string, Set<string>>();
    for (const one of all)
      holders.set(nameOf(one), (holders.get(nameOf(one)) ?? new Set()).add(one.orchestrationID));
    return (one) => (holders.get(nameOf(one))?.size ?? 0) > 1;
  };
  const hasNamesake = isShared(titleOf);
  const isTwin = isShared(longer);
  return (one) => {
    if (!hasNamesake(one)) return titleOf(one);
    return isTwin(one) ? `${longer(one)} (${one.orchestrationID.slice(0, 8)})` : longer(one);
  };
}
