import { isIP } from 'node:net';
import { kindOfAddress, type Network } from '../../domain/webhooks/permitted-addresses.ts';

/** The address in place of a name; undefined for a name. */
function addressIn({ hostname }: URL): string | undefined {
  const text = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(text) === 0 ? undefined : text;
}

/** `http` may be used where `networks` allow it. */
export function isPermitted(address: string, url: URL, networks: readonly Network[]): boolean {
  const kind = kindOfAddress(address, networks);
  return kind === 'allowed' || (kind === 'public' && url.protocol === 'https:');
}

/**
 * A sentence that begins with the name of the field when webhooks can't be sent to the URL; undefined when they can as far as it says by itself. Where its name
 * leads to is looked at when something is sent.
 */
export function faultOfURL(text: string, networks: readonly Network[]): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHTTP = url?.protocol === 'http:' && networks.length > 0;
  if (!url || (url.protocol !== 'https:' && !isHTTP)) return 'must be a URL that begins with https://';
  if (url.username !== '' || url.password !== '') return 'must not have a name or a password in it';
  if (url.hash !== '') return 'must not have a fragment (#) in it';
  const address = addressIn(url);
  if (address === undefined || isPermitted(address, url, networks)) return undefined;
  return 'must lead to a public address, or to one that WEBHOOK_ALLOWED_NETWORKS allows';
}
