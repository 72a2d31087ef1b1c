/** Browsers that sign in to the API of a rig, over real HTTP. */
import { expect } from 'vitest';
import type { LoginConfig } from '../../src/api/app.ts';
import { startAPI } from '../../src/bin/compose/api-server.ts';
import type { Browser, Visit } from '../support/browser.ts';
import { atEndOfFile } from '../support/environment.ts';
import { LOGIN_CLIENT, type ApiRig } from './api-rig.ts';

export const SECRET = 'the-first-secret-of-this-service-0123456789';
export const SESSION = 'drydock_session';
export const SAME_ORIGIN = { 'Sec-Fetch-Site': 'same-origin' };

export const LOGIN: LoginConfig = { clientID: LOGIN_CLIENT, sessionSecrets: [SECRET], sessionHours: 8 };

/** Serves the API of the rig on a port; answers its URL. */
export async function serve({ app }: ApiRig): Promise<string> {
  const api = await startAPI({ app, port: 0, host: '127.0.0.1' });
  atEndOfFile(() => api.close());
  return api.url;
}

/** As far as the page of the issuer and back: answers the URL of the callback, which nobody has opened yet. */
export async function toCallback(
  browser: Browser,
  url: string,
  who: { subject?: string; groups?: string[]; returnTo?: string } = {},
): Promise<string> {
  const { returnTo } = who;
  const query = returnTo === undefined ? '' : `?returnTo=${encodeURIComponent(returnTo)}`;
  const begun = await browser.request(`${url}/auth/login${query}`);
  expect(begun.status).toBe(302);
  return await throughIssuer(browser, begun.headers.get('location') ?? '', who);
}

/** Fills in the page of the issuer; answers where that sends the browser. */
export async function throughIssuer(
  browser: Browser,
  authorizationURL: string,
  { subject = 'jane', groups = ['runtimeAdmin'] }: { subject?: string; groups?: string[] } = {},
): Promise<string> {
  const page = await browser.open(authorizationURL);
  expect(page.visit.status).toBe(200);
  const form = new URLSearchParams([
    ['subject', subject],
    ['others', groups.join(' ')],
  ]);
  const back = await browser.open(page.url, { form });
  expect(back.url).toContain('/auth/callback?');
  return back.url;
}

/** The whole way; answers where the browser was sent in the end. */
export async function signIn(
  browser: Browser,
  url: string,
  who: Parameters<typeof toCallback>[2] = {},
): Promise<string> {
  const done = await browser.request(await toCallback(browser, url, who));
  expect({ status: done.status, body: done.body }).toEqual({ status: 302, body: '' });
  return done.headers.get('location') ?? '';
}

export function json({ body }: Visit): unknown {
  return JSON.parse(body);
}

export async function session(browser: Browser, url: string): Promise<{ status: number; body: unknown }> {
  const visit = await browser.request(`${url}/auth/session`);
  return { status: visit.status, body: json(visit) };
}

/** A change that administrators may make. */
export async function pauseQueue(
  browser: Browser,
  url: string,
  headers: Record<string, string>,
): Promise<Visit> {
  return await browser.request(`${url}/queue/pause`, { method: 'PUT', json: { reason: 'why' }, headers });
}
