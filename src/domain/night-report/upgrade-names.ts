/** Names of orchestrations in a report. */
import type { Named } from './facts.ts';
import { code, link, said, type Piece } from './markdown-parts.ts';

/** `Kyma upgrade to 2.20.5 07089b96`. */
export function titleOf({ type, version, isDryRun, orchestrationID }: Named): string {
  const what = type === 'upgradeKyma' ? 'Kyma upgrade' : 'Cluster upgrade';
  const to = version === null ? '' : ` to ${said(version)}`;
  return `${what}${to}${isDryRun ? ' (dry run)' : ''} ${orchestrationID.slice(0, 8)}`;
}

/** Its ID, which links to its page where there is one. */
export function headOf({ orchestrationID }: Named, publicURL: string | undefined): Piece[] {
  if (publicURL === undefined) return [code(orchestrationID)];
  return [link(`${publicURL}/ui/orchestrations/${orchestrationID}`, orchestrationID)];
}

/** Its title, which links to its page where there is one. */
export function namedOf(named: Named, publicURL: string | undefined): Piece {
  if (publicURL === undefined) return titleOf(named);
  return link(`${publicURL}/ui/orchestrations/${named.orchestrationID}`, titleOf(named));
}

/** `1 runtime`, `5 runtimes`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
