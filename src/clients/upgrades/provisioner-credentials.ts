import { z } from 'zod';
import { UnavailableError } from '../../domain/errors.ts';
import { unavailable, withDeadline } from '../failures.ts';
import { quoted } from '../redaction.ts';

/** How to prove to the Provisioner who is asking. */
export type ProvisionerCredentials =
  | { kind: 'none' }
  | { kind: 'token'; token: string }
  | { kind: 'clientCredentials'; tokenURL: string; clientID: string; clientSecret: string };

/** The Authorization header of each request. */
export interface Authorization {
  /** Undefined when no credentials are configured. Throws UnavailableError('provisioner'). */
  header(): Promise<string | undefined>;
  /** Forgets a token that was refused; true when another one can be asked for. */
  renew(): boolean;
  /** Texts that must never be shown. */
  secrets(): string[];
}

const PATIENCE = { timeoutMs: 15_000 };
/** A token is not used for the last part of its life: the request takes time too. */
const MARGIN_MS = 30_000;
const DEFAULT_LIFE_SECONDS = 300;
const NAME = "The token endpoint of the Provisioner's OAuth 2 server";

const answerSchema = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().optional() });

export function authorizationFor(credentials: ProvisionerCredentials, clock: () => number): Authorization {
  switch (credentials.kind) {
    case 'none':
      return { header: () => Promise.resolve(undefined), renew: () => false, secrets: () => [] };
    case 'token': {
      const header = `Bearer ${credentials.token}`;
      return {
        header: () => Promise.resolve(header),
        renew: () => false,
        secrets: () => [credentials.token],
      };
    }
    case 'clientCredentials':
      return new ClientCredentials(credentials, clock);
  }
}

interface Token {
  value: string;
  /** Milliseconds since the epoch. */
  usableUntil: number;
}

/** OAuth 2 client credentials (RFC 6749, section 4.4): one token for everybody, asked for by one request at a time. */
class ClientCredentials implements Authorization {
  private token: Token | undefined;
  /** The token before: an answer to a request that carried it may still come. */
  private formerToken: string | undefined;
  private request: Promise<Token> | undefined;

  constructor(
    private readonly client: Extract<ProvisionerCredentials, { kind: 'clientCredentials' }>,
    private readonly clock: () => number,
  ) {}

  async header(): Promise<string> {
    if (this.token && this.clock() < this.token.usableUntil) return `Bearer ${this.token.value}`;
    this.request ??= this.ask().finally(() => {
      this.request = undefined;
    });
    const token = await this.request;
    if (this.token && this.token !== token) this.formerToken = this.token.value;
    this.token = token;
    return `Bearer ${this.token.value}`;
  }

  renew(): boolean {
    this.formerToken = this.token?.value ?? this.formerToken;
    this.token = undefined;
    return true;
  }

  secrets(): string[] {
    const tokens = [this.token?.value, this.formerToken].filter((token) => token !== undefined);
    return [...this.ownSecrets(), ...tokens];
  }

  /** The client secret in all forms that it is sent in. */
  private ownSecrets(): string[] {
    const { clientSecret } = this.client;
    return [clientSecret, encodeURIComponent(clientSecret), this.basic(), passwordOf(this.client.tokenURL)];
  }

  /** Both parts are form-encoded before they are joined (RFC 6749, section 2.3.1). */
  private basic(): string {
    const { clientID, clientSecret } = this.client;
    return Buffer.from([clientID, clientSecret].map(encodeURIComponent).join(':')).toString('base64');
  }

  private async ask(): Promise<Token> {
    const answer = await this.post(this.client.tokenURL, `Basic ${this.basic()}`);
    const parsed = answerSchema.safeParse(answer);
    if (!parsed.success)
      throw new UnavailableError('provisioner', `${NAME} answered without an access_token`);
    const lifeMs = 1_000 * (parsed.data.expires_in ?? DEFAULT_LIFE_SECONDS);
    const usableUntil = this.clock() + Math.max(lifeMs - MARGIN_MS, lifeMs / 2);
    return { value: parsed.data.access_token, usableUntil };
  }

  private async post(tokenURL: string, authorization: string): Promise<unknown> {
    try {
      const { response, text } = await withDeadline(PATIENCE, async (signal) => {
        const answer = await fetch(tokenURL, {
          method: 'POST',
          headers: { authorization, accept: 'application/json' },
          body: new URLSearchParams({ grant_type: 'client_credentials' }),
          signal,
        });
        return { response: answer, text: await answer.text() };
      });
      if (!response.ok) {
        throw new UnavailableError(
          'provisioner',
          `${NAME} answered ${response.status} (${quoted(text, this.ownSecrets())}); check PROVISIONER_CLIENT_ID and PROVISIONER_CLIENT_SECRET`,
        );
      }
      return JSON.parse(text) as unknown;
    } catch (error) {
      if (error instanceof UnavailableError) throw error;
      throw unavailable('provisioner', NAME, error, PATIENCE, this.ownSecrets());
    }
  }
}

/** The password in a URL; '' without one. A URL with a password can't be fetched, and the error repeats it. */
export function passwordOf(url: string): string {
  return URL.canParse(url) ? new URL(url).password : '';
}
