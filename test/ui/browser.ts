/** Headless Chromium as somebody uses it: signed in at the local issuer, and watched for what must not happen. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Throws where there is no Chromium: the tests of the page are never left out in silence. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = PLACES.find((path) => existsSync(path));
  if (executablePath === undefined) {
    throw new Error(
      'Chromium is missing: install it, as with `apt-get install --yes chromium`, and try again.',
    );
  }
  // Containers without user namespaces have no sandbox; the browser loads nothing but our own page.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

export interface Visitor {
  page: Page;
  /** Complaints of the browser: refused by the CSP, errors of scripts, answers of 500 and more. */
  complaints: string[];
  close(): Promise<void>;
}

export interface VisitOptions extends BrowserContextOptions {
  subject?: string;
  groups?: string[];
}

/** Opens a path of the page and signs in for it, as nobody has before in this context. */
export async function visit(browser: Browser, url: string, options: VisitOptions = {}): Promise<Visitor> {
  const { subject = 'jo', groups = ['runtimeAdmin'], ...rest } = options;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...rest });
  // Only against hanging.
  context.setDefaultTimeout(180_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) complaints.push(message.text());
  });
  page.on('response', (response) => {
    if (response.status() >= 500) complaints.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(url);
  await page.getByLabel('Subject').fill(subject);
  for (const group of ['runtimeAdmin', 'runtimeOperator']) {
    await page.getByLabel(group).setChecked(groups.includes(group));
  }
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('live', { exact: true }).waitFor();
  return { page, complaints, close: () => context.close() };
}

interface AxeRun {
  violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[];
}

/** Violations that axe-core finds of WCAG 2.2 AA and its own best practices on the page as it stands. */
export async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeRun>('axe.run(document)');
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

/** Pixels by which the page is wider than the window. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
}
