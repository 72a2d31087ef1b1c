/** The addresses that webhooks may be sent to: public ones, and those of networks that a setting allows. */
import ipaddr from 'ipaddr.js';

/** A network as `192.0.2.0/24`, or `2001:db8::/32`, parsed. */
export type Network = ReturnType<typeof ipaddr.parseCIDR>;

/** Throws when the text is no network. */
export function parseNetwork(text: string): Network {
  return ipaddr.parseCIDR(text);
}

/** `allowed` of a network of the setting, `public` for anybody's; undefined for what nothing may be sent to, and for what is no address. */
export function kindOfAddress(text: string, networks: readonly Network[]): 'allowed' | 'public' | undefined {
  if (!ipaddr.isValid(text)) return undefined;
  // An IPv4 address within IPv6 is what it holds.
  const address = ipaddr.process(text);
  const isAllowed = networks.some(
    ([base, bits]) => base.kind() === address.kind() && address.match(base, bits),
  );
  if (isAllowed) return 'allowed';
  return isPublic(address) ? 'public' : undefined;
}

/** Outside of it the library takes for public what only holds an IPv4 address, such as `::7f00:1`. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');

/** `unicast` is what the library calls an address that belongs to no range for a purpose of its own. */
function isPublic(address: ReturnType<typeof ipaddr.process>): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || address.match(...GLOBAL_IPV6);
}
