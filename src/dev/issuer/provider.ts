/** The `oidc-provider` package, set up for a person at a development machine. */
import { randomBytes } from 'node:crypto';
import type Provider from 'oidc-provider';
import type { ClientMetadata, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { SigningKey } from './signing-key.ts';
import {
  PAGE_HEADERS,
  renderCodePage,
  renderConfirmPage,
  renderProblemPage,
  renderSignedInPage,
} from './login-page.ts';

const HOUR = 60 * 60;
const WORKING_DAY = 8 * HOUR;

/**
 * Where a login may return to, on any port of this machine (RFC 8252, section 7.3). kubelogin, and kcp which is made of it,
 * listen on port 8000 or 18000 and name no path.
 */
const REDIRECT_PATHS = ['', '/', '/callback', '/oauth2-redirect.html', '/docs/oauth2-redirect.html'];

/** Of the API itself. */
const LOGIN_PATH = '/auth/callback';

/** RFC 8628, for terminals without a browser. */
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** Scopes that clients of Kubernetes ask for; there is no address to give with `email`, and others are passed over. */
const SCOPES = ['openid', 'groups', 'email', 'offline_access'];

export interface ProviderOptions {
  issuerURL: string;
  /** Also the ID of the client of programs, since an ID token's audience is the client it was made for. */
  audience: string;
  /** The client by which the API lets browsers sign in. */
  loginClientID?: string;
  /** Where browsers reach the API; any port of this machine unless given. */
  publicURL?: string;
  signingKey: SigningKey;
  /** The groups that a subject picked when it signed in last. */
  groupsOf: (subject: string) => readonly string[];
  /** Told about failures inside the provider; answers never carry them. */
  onError: (error: Error) => void;
}

/** Makes the provider; it opens no socket. */
export async function createProvider(options: ProviderOptions): Promise<Provider> {
  supplyURLParse();
  const notices = muteNotices();
  try {
    const { default: OIDCProvider, interactionPolicy } = await import('oidc-provider');
    const policy = interactionPolicy.base();
    // A person who comes back wants to be somebody else or in other groups more often than not: ask every time.
    policy.get('login')?.checks.add(
      new interactionPolicy.Check('who_to_be', 'The user must say who to be', (context) => {
        return context.oidc.result?.login === undefined;
      }),
    );
    // One question is enough: the form is itself the consent of a native application's user.
    policy.get('consent')?.checks.remove('native_client_prompt');
    const provider = new OIDCProvider(options.issuerURL, {
      ...configure(options),
      interactions: { policy, url: (_context, interaction) => `/interaction/${interaction.uid}` },
    });
    provider.on('server_error', (_context, error) => {
      options.onError(error);
    });
    return provider;
  } finally {
    notices.restore();
  }
}

function configure(options: ProviderOptions): Configuration {
  return {
    clients: clientsOf(options),
    jwks: { keys: [options.signingKey] },
    scopes: SCOPES,
    // Also without `offline_access`, which counts only with the prompt `consent`: kubelogin never sends that.
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    // Every client gets the groups with `openid` alone; the scope `groups` is known because some clients always ask for it.
    claims: { openid: ['sub', 'groups'], groups: ['groups'] },
    conformIdTokenClaims: false,
    findAccount: (_context, subject) => ({
      accountId: subject,
      claims: () => ({ sub: subject, groups: [...options.groupsOf(subject)] }),
    }),
    loadExistingGrant: grantWhatWasAsked,
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: (context, form, _out, error) => {
          showPage(context, renderCodePage(form, error ? describeCodeProblem(error) : undefined));
        },
        userCodeConfirmSource: (context, form, client, _device, userCode) => {
          showPage(context, renderConfirmPage(form, client.clientId, userCode));
        },
        successSource: (context) => {
          showPage(context, renderSignedInPage());
        },
      },
    },
    pkce: { required: () => true },
    clientBasedCORS: (_context, origin) => isLoopback(origin),
    cookies: { keys: [randomBytes(32).toString('hex')] },
    ttl: {
      AccessToken: HOUR,
      AuthorizationCode: 60,
      DeviceCode: 10 * 60,
      Grant: WORKING_DAY,
      IdToken: HOUR,
      Interaction: HOUR,
      RefreshToken: WORKING_DAY,
      Session: WORKING_DAY,
    },
    renderError: (context, out) => {
      context.type = 'html';
      context.body = renderProblemPage(
        `${out.error_description ?? out.error}. Start again at the application that sent you here.`,
      );
    },
  };
}

function clientsOf({ audience, loginClientID, publicURL }: ProviderOptions): ClientMetadata[] {
  const isPublic = { token_endpoint_auth_method: 'none', response_types: ['code'] } as const;
  const programs: ClientMetadata = {
    ...isPublic,
    client_id: audience,
    application_type: 'native',
    grant_types: ['authorization_code', 'refresh_token', DEVICE_GRANT],
    redirect_uris: REDIRECT_PATHS.flatMap(onThisMachine),
  };
  if (loginClientID === undefined) return [programs];
  const login: ClientMetadata = {
    ...isPublic,
    client_id: loginClientID,
    // Only redirects of native applications may have any port.
    application_type: publicURL === undefined ? 'native' : 'web',
    grant_types: ['authorization_code'],
    redirect_uris: publicURL === undefined ? onThisMachine(LOGIN_PATH) : [`${publicURL}${LOGIN_PATH}`],
  };
  return [programs, login];
}

function onThisMachine(path: string): string[] {
  return [`http://127.0.0.1${path}`, `http://localhost${path}`];
}

/** The form of the package is named in the page's own button. */
function showPage(context: KoaContextWithOIDC, html: string): void {
  context.set(PAGE_HEADERS);
  context.body = html;
}

function describeCodeProblem(error: Error): string {
  // Thrown when the person said no to the device.
  if (error.name === 'AbortedError') return 'This device is not signed in.';
  return 'This code is wrong, has expired, or was used already. Type the one that stands in the terminal.';
}

/** No second question: who signs in here agrees to what the client asks for. */
async function grantWhatWasAsked(context: KoaContextWithOIDC) {
  const { client, session, provider } = context.oidc;
  if (!client || !session) return undefined;
  const known = session.grantIdFor(client.clientId);
  const existing = known === undefined ? undefined : await provider.Grant.find(known);
  const grant = existing ?? new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPES.join(' '));
  await grant.save();
  return grant;
}

function isLoopback(origin: string): boolean {
  return URL.canParse(origin) && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(origin).hostname);
}

/** The package calls `URL.parse`, which the WHATWG standard has but Node.js only from version 22.1 on. */
function supplyURLParse(): void {
  if ('parse' in URL) return;
  Object.defineProperty(URL, 'parse', {
    configurable: true,
    writable: true,
    value: (url: string, base?: string) => (URL.canParse(url, base) ? new URL(url, base) : null),
  });
}

/**
 * While it is loaded and set up, the package warns that Node.js 20 is old (see above) and that its store is in memory
 * (which is meant: a restart only asks people to sign in again). Everything else still gets through.
 */
function muteNotices(): { restore: () => void } {
  const { warn } = console;
  const muted: typeof console.warn = (...words) => {
    if (!String(words[0]).includes('oidc-provider WARNING')) warn.apply(console, words);
  };
  console.warn = muted;
  return {
    restore: () => {
      if (console.warn === muted) console.warn = warn;
    },
  };
}
