/**
 * Where a browser goes after it has signed in, as an absolute URL; undefined for what is no path below the URL of the
 * service, which could send somebody who trusts the service elsewhere. A path is one as the browser has it.
 */
export function returnURL(path: string, baseURL: string): string | undefined {
  // Characters that a browser takes for a slash, or leaves out, are no part of a path (WHATWG URL, section 4.4).
  if (!path.startsWith('/') || path.startsWith('//') || /[\\\p{Cc}]/u.test(path)) return undefined;
  if (!URL.canParse(path, baseURL)) return undefined;
  const base = new URL(baseURL);
  const url = new URL(path, base);
  const prefix = base.pathname.replace(/\/$/, '');
  const isBelow =
    url.origin === base.origin && (url.pathname === prefix || url.pathname.startsWith(`${prefix}/`));
  // Signing in again and again leads nowhere.
  const isAuth = url.pathname === `${prefix}/auth` || url.pathname.startsWith(`${prefix}/auth/`);
  return isBelow && !isAuth ? url.href : undefined;
}
