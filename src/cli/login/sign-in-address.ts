/** Which issuer to sign in at: as it was given, or as the service itself says it (RFC 9728). */
import { z } from 'zod';
import { elsewhere, isRedirect } from '../api-client.ts';
import { CommandError } from '../exit-codes.ts';
import type { Settings } from '../cli-settings.ts';
import { reasonOf, type IssuerAddress } from './issuer-client.ts';

const metadataSchema = z.object({
  authorization_servers: z.array(z.string()).min(1),
  drydock_client_id: z.string(),
});

export async function signInAddress(
  { api, login }: Pick<Settings, 'api' | 'login'>,
  given: { issuer?: string; clientID?: string },
  interrupted: AbortSignal,
): Promise<IssuerAddress> {
  const issuer = given.issuer ?? login.issuer;
  const clientID = given.clientID ?? login.clientID;
  if (issuer !== undefined && clientID !== undefined) return { issuer, clientID };
  const told = await askService(api, interrupted);
  const [toldIssuer = ''] = told.authorization_servers;
  return { issuer: issuer ?? toldIssuer, clientID: clientID ?? told.drydock_client_id };
}

async function askService(api: string, signal: AbortSignal): Promise<z.infer<typeof metadataSchema>> {
  const url = `${api}/.well-known/oauth-protected-resource`;
  try {
    const answer = await fetch(url, { redirect: 'manual', signal });
    if (isRedirect(answer)) throw elsewhere(answer, api);
    if (answer.ok) return metadataSchema.parse(await answer.json());
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if (signal.aborted) throw new CommandError('interrupted', 'Interrupted.', { cause: error });
    throw new CommandError('unavailable', `${api} does not say where to sign in: ${reasonOf(error)}`, {
      next: 'Is the address right (--api, DRYDOCK_API)? Or name the issuer: --issuer and --client-id.',
      cause: error,
    });
  }
  throw new CommandError('unavailable', `${api} does not say where to sign in.`, {
    next: 'Name the issuer: --issuer and --client-id.',
  });
}
