/** Signing in on another device, for terminals without a browser (RFC 8628). */
import { CommandError } from '../exit-codes.ts';
import { discover, reasonOf, toSignIn, type IssuerAddress } from './issuer-client.ts';
import type { SignIn } from './token-file.ts';

interface DeviceOptions {
  address: IssuerAddress;
  scope: string;
  /** Shows where to go, which code to type there, and an address that has both. */
  show: (url: string, code: string, complete: string | undefined) => void;
  signal: AbortSignal;
}

export async function signInByDevice({ address, scope, show, signal }: DeviceOptions): Promise<SignIn> {
  const client = await import('openid-client');
  const issuer = await discover(address);
  if (issuer.serverMetadata().device_authorization_endpoint === undefined) {
    throw new CommandError('signIn', `The issuer ${address.issuer} does not sign devices in.`, {
      next: 'Run `drydock login` where there is a browser, or give a token with DRYDOCK_TOKEN.',
    });
  }
  try {
    const asked = await client.initiateDeviceAuthorization(issuer, { scope });
    show(asked.verification_uri, asked.user_code, asked.verification_uri_complete);
    const tokens = await client.pollDeviceAuthorizationGrant(issuer, asked, undefined, { signal });
    return toSignIn(address, tokens);
  } catch (error) {
    if (signal.aborted) throw new CommandError('interrupted', 'Interrupted.', { cause: error });
    if (error instanceof CommandError) throw error;
    throw new CommandError('signIn', `The issuer has not signed you in: ${reasonOf(error)}`, {
      next: 'Run `drydock login --device` again.',
      cause: error,
    });
  }
}
