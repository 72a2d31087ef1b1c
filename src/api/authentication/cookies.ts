import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { CookieOptions } from 'hono/utils/cookie';
import type { ApiContext } from '../api-dependencies.ts';

/** On https the prefix keeps every other host from setting the cookie (RFC 6265bis, section 4.1.3.2). */
function optionsFor(c: ApiContext): CookieOptions {
  const isSecure = c.var.baseURL.startsWith('https:');
  return {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure: isSecure,
    ...(isSecure ? { prefix: 'host' } : {}),
  };
}

export function readCookie(c: ApiContext, name: string): string | undefined {
  return getCookie(c, name, optionsFor(c).prefix);
}

export function writeCookie(c: ApiContext, name: string, value: string, maxAge: number): void {
  setCookie(c, name, value, { ...optionsFor(c), maxAge });
}

export function clearCookie(c: ApiContext, name: string): void {
  deleteCookie(c, name, optionsFor(c));
}
