/**
 * Sessions of browsers (ADR 74). All that is known of one is in its cookie; only those that were ended by hand are
 * remembered, in this process.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ApiContext, AppDependencies, Principal } from '../api-dependencies.ts';
import { clearCookie, readCookie, writeCookie } from './cookies.ts';
import type { LoginConfig } from './login-config.ts';
import { createSeal, type Seal } from './sealed-text.ts';

/** The cookie is not that of a session that goes on. */
export class InvalidSessionError extends Error {
  constructor() {
    super('The session has ended; sign in again');
    this.name = 'InvalidSessionError';
  }
}

/** The groups of the caller are too many for a cookie. */
export class TooManyGroupsError extends Error {
  constructor() {
    super('The ID token lists more groups than a session can hold; let the issuer list fewer of them');
    this.name = 'TooManyGroupsError';
  }
}

/** The caller for whom a session is begun. */
export interface SignedIn {
  subject: string;
  name: string;
  roles: Principal['roles'];
  groups: ReadonlySet<string>;
}

export interface Sessions {
  /** Sets the cookie of a new session. Throws TooManyGroupsError. */
  begin(c: ApiContext, who: SignedIn): Promise<void>;
  /**
   * The caller whose session the cookie is, and what is to be called when the answer is there; undefined without a
   * cookie. Throws InvalidSessionError.
   */
  read(c: ApiContext): Promise<{ principal: Principal; renew: () => void } | undefined>;
  /** Clears the cookie, and remembers that its session is over. */
  end(c: ApiContext): Promise<void>;
}

const SESSION_MS = 60 * 60_000;
export const SESSION_COOKIE = 'drydock_session';
/** Browsers keep name, value and attributes of at least 4,096 bytes (RFC 6265, section 6.1). */
const LONGEST_VALUE = 3_900;

const sessionSchema = z.object({
  sid: z.string(),
  sub: z.string(),
  name: z.string(),
  roles: z.array(z.enum(['admin', 'operator'])),
  /** Digests of the groups, one after the other. */
  groups: z.string(),
  /** When the session ends whatever is done with it, in s since the epoch. */
  end: z.int(),
  exp: z.int(),
});
type Session = z.infer<typeof sessionSchema>;

export function createSessions(
  { sessionSecrets, sessionHours }: LoginConfig,
  { clock, randomUUID }: Pick<AppDependencies, 'clock' | 'randomUUID'>,
): Sessions {
  const seal = createSeal(sessionSecrets, 'session', clock);
  /** IDs of sessions that were ended, with the time from which on they would be over anyway, in ms. */
  const ended = new Map<string, number>();

  /** Undefined when the cookie is none of ours. */
  async function opened(text: string): Promise<Session | undefined> {
    const session = sessionSchema.safeParse(await seal.open(text));
    return session.success && !ended.has(session.data.sid) ? session.data : undefined;
  }

  return {
    begin: async (c, { subject, name, roles, groups }) => {
      const end = clock() + sessionHours * 3_600_000;
      const expiresAt = Math.min(clock() + SESSION_MS, end);
      const claims = {
        sid: randomUUID(),
        sub: subject,
        name,
        roles: [...roles],
        groups: [...groups].map(digestOf).join(''),
        end: Math.floor(end / 1000),
      };
      const value = await seal.seal(claims, expiresAt);
      if (value.length > LONGEST_VALUE) throw new TooManyGroupsError();
      writeCookie(c, SESSION_COOKIE, value, SESSION_MS / 1000);
    },
    read: async (c) => {
      const text = readCookie(c, SESSION_COOKIE);
      if (text === undefined) return undefined;
      const session = await opened(text);
      if (!session) throw new InvalidSessionError();
      const { exp, renewed } = await renewedInSecondHalf(session, seal, clock());
      return {
        principal: principalOf(session, exp),
        renew: () => {
          // A session that was ended meanwhile stays ended.
          if (renewed !== undefined && !ended.has(session.sid))
            writeCookie(c, SESSION_COOKIE, renewed, exp - seconds(clock()));
        },
      };
    },
    end: async (c) => {
      const text = readCookie(c, SESSION_COOKIE);
      const session = text === undefined ? undefined : await opened(text);
      if (session) {
        for (const [sid, overAt] of ended) if (overAt <= clock()) ended.delete(sid);
        ended.set(session.sid, session.end * 1000);
      }
      clearCookie(c, SESSION_COOKIE);
    },
  };
}

/** The same session for another hour at most, when half of its hour is over. */
async function renewedInSecondHalf(
  session: Session,
  seal: Seal,
  now: number,
): Promise<{ exp: number; renewed?: string }> {
  const exp = Math.min(seconds(now + SESSION_MS), session.end);
  const isSecondHalf = session.exp * 1000 - now <= SESSION_MS / 2;
  if (!isSecondHalf || exp <= session.exp) return { exp: session.exp };
  return { exp, renewed: await seal.seal(session, exp * 1000) };
}

function principalOf({ sub, name, roles, groups, end }: Session, exp: number): Principal {
  const digests = new Set(groups.match(/.{12}/g));
  return {
    subject: sub,
    name,
    roles: new Set(roles),
    groups: { has: (group) => digests.has(digestOf(group)) },
    expiresAt: exp * 1000,
    isRenewable: exp < end,
  };
}

/** 72 bits in 12 characters: names of groups are long, and 200 of them must fit. */
function digestOf(group: string): string {
  return createHash('sha256').update(group).digest().subarray(0, 9).toString('base64url');
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
