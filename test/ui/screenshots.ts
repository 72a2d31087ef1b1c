/**
 * Pictures of the page into docs/images, from a service that runs: `npm run screenshots -- http://127.0.0.1:8080`, by default that
 * of `npm start`, in which nothing was begun before. A rollout with a canary that asks for an approval, and the stack of a template, are begun for them.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { startBrowser, visit } from './browser.ts';

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const LOOKS = [
  { name: 'light-1280', colorScheme: 'light', width: 1280 },
  { name: 'dark-400', colorScheme: 'dark', width: 400 },
] as const;

const REQUEST = {
  targets: { include: [{ target: 'all' }] },
  strategy: {
    type: 'parallel',
    schedule: 'immediate',
    parallel: { workers: 5 },
    waves: [
      { name: 'canary', count: 4, approval: {} },
      { name: 'early', percent: 20, soakMinutes: 30 },
    ],
    failureBudget: { max: 5 },
  },
};

/** Asks the API as the page does, with the cookie of its session. */
function ask<T>(page: Page, method: string, path: string, body?: object): Promise<T> {
  const init = { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
  return page.evaluate<T>(
    `fetch(${JSON.stringify(path)}, ${JSON.stringify(init)}).then((answer) => answer.json())`,
  );
}

const STACK = '/drydock/templates/two-tier';
/** Longer than the pictures take. */
const SLOW = { simulation: { seconds: 600 } };

/** A stack of which a part is there, and a part is on its way. */
async function beginStack(page: Page): Promise<void> {
  const { result } = await ask<{ result: Template[] }>(page, 'GET', '/orchestration-templates');
  const definition = result.find(({ name }) => name === STACK);
  if (!definition) throw new Error(`There is no template ${STACK}`);
  const oplans = definition.oplans.map((oplan) =>
    oplan.label === 'db' ? { ...oplan, objects: oplan.objects.map((object) => slowed(object)) } : oplan,
  );
  await ask(page, 'POST', '/orchestration/', { ...definition, oplans });
  await ask(page, 'PUT', `/orchestration${STACK}?action=START`);
}

interface Template {
  name: string;
  oplans: { label: string; objects: { instances?: object[] }[] }[];
}

function slowed(object: { instances?: object[] }): object {
  return { ...object, instances: object.instances?.map((instance) => ({ ...instance, ...SLOW })) };
}

async function pathsOf(page: Page, id: string): Promise<Record<string, string>> {
  const { data } = await ask<{ data: { operationID: string }[] }>(
    page,
    'GET',
    `/orchestrations/${id}/operations?page_size=1&state=pending`,
  );
  return {
    fleet: '/',
    orchestrations: '/orchestrations',
    orchestration: `/orchestrations/${id}`,
    operation: `/orchestrations/${id}/operations/${data[0]?.operationID ?? ''}`,
    new: '/new',
    queue: '/queue',
    approvals: '/approvals',
    policy: '/policy',
    stacks: '/stacks',
    stack: `/stacks${STACK}`,
    audit: '/audit',
  };
}

const [url = 'http://127.0.0.1:8080'] = process.argv.slice(2);
mkdirSync(IMAGES, { recursive: true });
const browser = await startBrowser();
let id: string | undefined;
for (const { name, colorScheme, width } of LOOKS) {
  const { page, close } = await visit(browser, `${url}/ui`, {
    colorScheme,
    viewport: { width, height: 900 },
    timezoneId: 'Europe/Berlin',
  });
  if (id === undefined) {
    const created = await ask<{ orchestrationID: string }>(page, 'POST', '/upgrade/kyma', REQUEST);
    id = created.orchestrationID;
    await page.getByText('asks for an approval').first().waitFor();
    await beginStack(page);
  }
  for (const [picture, path] of Object.entries(await pathsOf(page, id))) {
    await page.goto(`${url}/ui${path}`);
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByText('Reading…').first().waitFor({ state: 'detached' });
    await page.waitForTimeout(500);
    await page.screenshot({ path: `${IMAGES}${picture}-${name}.png` });
  }
  await close();
}
await browser.close();
