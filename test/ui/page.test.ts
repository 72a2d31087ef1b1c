import { readFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { z } from 'zod';
import { everything } from '../e2e/rest.ts';
import { startService, type Service } from '../e2e/service.ts';
import { atEndOfFile, until } from '../support/environment.ts';
import { isSignedBy, newSecret, startReceiver, status } from '../support/receiver.ts';
import { faultsOf, overflowOf, startBrowser, visit } from './browser.ts';

let service: Service;
let browser: Browser;

const waves = (count: number): object => ({
  strategy: {
    type: 'parallel',
    schedule: 'immediate',
    parallel: { workers: 4 },
    waves: [{ name: 'canary', count, approval: {} }],
  },
});

const disks = {
  label: 'disks',
  obj_type: 'storage/volume',
  objects: [{ name: '/acme/jack/disk', size: '10G' }],
};

/** The list of orchestrations of the API, not the page of that name. */
const isList = ({ pathname }: URL): boolean => pathname === '/orchestrations';

beforeAll(async () => {
  // First: without a browser nothing else need be started.
  browser = await startBrowser();
  atEndOfFile(() => browser.close());
  service = await startService({ fleetSize: 12, env: { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' } });
});
beforeEach(() => service.settle());

describe('the page', () => {
  it('sends to the login, comes back to where one was, and signs out', async () => {
    const { page, complaints } = await visit(browser, `${service.url}/ui/orchestrations?state=failed`);
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/ui/orchestrations?state=failed');
    expect(await page.getByRole('banner').innerText()).toContain('jo may change');
    // No token gets to scripts, nor is anything kept.
    expect(
      await page.evaluate('document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })'),
    ).toBe('{}');
    await page.route('**/auth/logout', (route) => route.abort());
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('alert').getByText('Drydock does not answer').waitFor();
    await page.unroute('**/auth/logout');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Subject').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('plans, starts, shows waves as they move, and takes an approval', async () => {
    const { page, complaints, close } = await visit(browser, `${service.url}/ui/new`);
    await page.getByLabel('When').selectOption('immediate');
    await page.getByLabel('Minutes that it soaks').fill('0');
    await page.getByRole('button', { name: 'Show what it would do' }).click();
    await page.getByRole('heading', { name: 'It would upgrade 12 runtimes' }).waitFor();
    // It is no part of what was planned: the plan stays.
    await page.getByLabel('Reason').fill('Security fix of Istio');
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Start this upgrade' }).click();
    await page.getByRole('heading', { name: 'Waves' }).waitFor();
    await page.getByText('Security fix of Istio').first().waitFor();
    expect(
      await page.getByText('the whole fleet').or(page.getByText('all runtimes')).first().innerText(),
    ).toContain('by jo');
    // Told by the stream: nothing is loaded again by hand.
    await page.getByText('asks for approval').waitFor();
    await page.getByRole('link', { name: 'rest', exact: true }).click();
    expect(await page.getByRole('combobox', { name: 'Wave' }).inputValue()).toBe('rest');
    await page.getByRole('table').getByText('succeeded').first().waitFor({ state: 'hidden' });
    await page.getByRole('table').getByText('waiting').first().waitFor();
    await page.getByRole('combobox', { name: 'Wave' }).selectOption('canary');
    await page.getByRole('table').getByText('succeeded').first().waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.goto(`${service.url}/ui/approvals`);
    await page.getByRole('button', { name: 'Approve canary…' }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('canary is fine');
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByText('No wave asks for an approval.').waitFor();
    await page.goto(`${service.url}/ui/orchestrations`);
    await page.getByRole('row').getByText('succeeded').first().waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('pauses and resumes with a reason, and stops by the keyboard alone, saying before what that means', async () => {
    await service.landscape.setUpgrades({ hold: true });
    const id = await service.rest.create(everything(4));
    await service.rest.reaches(id, 'in progress');
    const { page, complaints, close } = await visit(browser, `${service.url}/ui/orchestrations/${id}`);
    await page.setViewportSize({ width: 1280, height: 400 });
    await page.getByRole('link', { name: '4 in progress' }).click();
    expect(new URL(page.url()).pathname).toBe(`/ui/orchestrations/${id}`);
    expect(await page.getByRole('combobox', { name: 'State' }).inputValue()).toBe('in progress');
    await page.waitForFunction('scrollY > 0');
    await page.setViewportSize({ width: 1280, height: 900 });

    await page.getByRole('button', { name: 'Pause…' }).click();
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByText('Say why: whoever looks tonight will read it.').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.getByLabel('Reason').fill('disk alerts');
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByRole('status').getByText('Pause this orchestration: done').waitFor();
    expect((await service.rest.orchestration(id)).pauses).toMatchObject([
      { by: 'jo', reason: 'disk alerts' },
    ]);
    await page.getByRole('button', { name: 'Resume…' }).click();
    await page.getByRole('button', { name: 'Resume', exact: true }).click();
    await page.getByRole('button', { name: 'Pause…' }).waitFor();

    const stop = page.getByRole('button', { name: 'Stop…' });
    await stop.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Stop this orchestration' });
    expect(await dialog.innerText()).toContain('What was sent finishes: 4 in progress, the longest for');
    expect(await dialog.innerText()).toContain('8 runtimes never start');
    await page.keyboard.type('wrong version');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('stopping').first().waitFor();
    await service.landscape.endAll();
    await service.rest.reaches(id, 'canceled');
    await page.getByRole('button', { name: 'Create from the rest (8)…' }).waitFor();
    const reasons = (await service.rest.events(id)).map(({ reason }) => reason);
    expect(reasons).toContain('wrong version');
    const [never] = (await service.rest.operations(id)).filter(({ state }) => state === 'canceled');
    await page.getByText('4 of 12 have ended; 8 never began').waitFor();
    await page.goto(`${service.url}/ui/orchestrations/${id}/operations/${never?.operationID ?? ''}`);
    await page.getByText(/^Its orchestration was stopped by jo, .*: wrong version$/).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('groups operations for whoever wants to see that alone, and leaves what is typed as it is', async () => {
    await service.landscape.setUpgrades({ hold: true });
    const id = await service.rest.create(everything(4));
    await service.rest.reaches(id, 'in progress');
    const { page, close } = await visit(browser, `${service.url}/ui`);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${service.url}/ui/orchestrations/${id}`);
    const search = page.getByRole('searchbox', { name: 'Search' });
    await search.pressSequentially('no ');
    await page.waitForURL(/search=no$/);
    await search.pressSequentially('such');
    await page.waitForURL(/search=no\+such$/);
    expect(await search.inputValue()).toBe('no such');
    await page.getByRole('status').getByText('0 operations').waitFor();
    expect(asked).not.toContain(`/orchestrations/${id}/summary`);
    await page.getByText('Operations by region').click();
    await page.getByRole('group', { name: 'Operations in groups' }).waitFor();
    expect(asked).toContain(`/orchestrations/${id}/summary`);
    await close();
  });

  it('tells what happened to the rollout itself, then of its operations by Shoot, as far back as it goes', async () => {
    const id = await service.rest.create(everything(12));
    await service.rest.reaches(id, 'succeeded');
    const own = (await service.rest.events(id)).filter(({ operationID }) => operationID === null);
    const all = await service.rest.events(id);
    const { page, complaints, close } = await visit(browser, `${service.url}/ui/orchestrations/${id}?page=1`);
    await page.getByText('What happened').click();
    const log = page.locator('details', { hasText: 'What happened' });
    await log.getByText('ended: succeeded').waitFor();
    expect(await log.getByRole('listitem').count()).toBe(own.length);
    await log.getByRole('button', { name: 'operations too' }).click();
    await log.getByText(`1–25 of ${all.length} events`).waitFor();
    await log.getByRole('button', { name: 'Older events' }).click();
    await log.getByText(`26–${Math.min(50, all.length)} of ${all.length} events`).waitFor();
    expect(new URL(page.url()).search).toBe('?page=1&events=all&eventsPage=2');
    // A link shows what its sender saw.
    await page.reload();
    await log.getByText(`26–${Math.min(50, all.length)} of ${all.length} events`).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await log.getByRole('button', { name: 'Newer events' }).click();
    const shoot = log.getByRole('link').first();
    const name = await shoot.innerText();
    await shoot.click();
    await page.getByRole('heading', { name: new RegExp(`succeeded ${name}`) }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('shows what runs however many are queued, and what it could not read is not nothing', async () => {
    const id = await service.rest.create(everything(4, waves(2)));
    await until(async () => (await service.rest.orchestration(id)).waitingFor?.code === 'approval', {
      what: 'the question after the canary',
    });
    const since = '2026-11-29T02:11:00.000Z';
    const one = {
      ...(await service.rest.orchestration(id)),
      paused: true,
      pauses: [{ code: 'queue', by: 'jo', reason: '', since }],
    };
    const queued = Array.from({ length: 25 }, (_, n) => ({
      ...one,
      orchestrationID: `00000000-0000-4000-8000-0000000000${n + 10}`,
      state: 'pending',
      paused: false,
      pauses: [],
    }));
    const { page, close } = await visit(browser, `${service.url}/ui/queue`);
    await page.route(isList, (route) => {
      const { searchParams } = new URL(route.request().url());
      const found = [...queued, one].filter(({ state }) => searchParams.getAll('state').includes(state));
      const data = found.slice(0, Number(searchParams.get('page_size')));
      return route.fulfill({ json: { data, count: data.length, totalCount: found.length } });
    });
    await page.goto(`${service.url}/ui`);
    const running = page.locator('li.running').first();
    await running.locator(`a[href$="${id}"]`).waitFor();
    // All being paused, this one can be paused by itself as well.
    await running.getByRole('button', { name: 'Pause…' }).waitFor();
    await page.getByText('asks for an approval after canary').waitFor();
    await page.goto(`${service.url}/ui/approvals`);
    await page.getByRole('button', { name: 'Approve canary…' }).waitFor();

    await page.unroute(isList);
    await page.route(isList, (route) =>
      route.fulfill({ status: 403, contentType: 'application/problem+json', json: { detail: 'Not today' } }),
    );
    await page.route('**/events/stream*', (route) => route.abort());
    for (const path of ['', '/approvals']) {
      await page.goto(`${service.url}/ui${path}`);
      await page.getByRole('alert').getByText('Not today').waitFor();
      expect(await page.getByText(/Nothing waits for a person|No wave asks/).count()).toBe(0);
      if (path === '')
        await page
          .getByRole('banner')
          .getByText(/^as of/)
          .waitFor();
    }
    await close();
  });

  it('names who has the turn by what it is, with a link to it', async () => {
    await service.landscape.setUpgrades({ hold: true });
    const id = await service.rest.create(everything(4));
    await service.rest.reaches(id, 'in progress');
    const next = await service.rest.create(everything(4));
    const { page, complaints, close } = await visit(browser, `${service.url}/ui`);
    const sentence = 'It waits for its turn: Kyma 2.20.5 has it, and nobody else is before it';
    const holder = { name: 'Kyma 2.20.5', exact: true };
    const rows = [
      ['', page.locator('.running .why')],
      ['/queue', page.getByRole('table').getByRole('cell')],
      [`/orchestrations/${next}`, page.locator('header .why')],
    ] as const;
    for (const [path, row] of rows) {
      await page.goto(`${service.url}/ui${path}`);
      const said = row.filter({ hasText: sentence });
      await said.waitFor();
      expect(await said.getByRole('link', holder).getAttribute('href')).toBe(`/ui/orchestrations/${id}`);
    }
    expect(complaints).toEqual([]);
    await close();
  });

  it('shows what matters of a list without a way to the side, where it is narrow', async () => {
    await service.landscape.setUpgrades({ hold: true });
    const first = await service.rest.create(everything(4));
    await service.rest.reaches(first, 'in progress');
    await service.rest.create(everything(4));
    const narrow = { viewport: { width: 400, height: 900 } };
    const { page, close } = await visit(browser, `${service.url}/ui/queue`, narrow);
    for (const [path, group] of [
      ['/queue', 'Those that wait in lane default'],
      ['/orchestrations', 'Orchestrations'],
      [`/orchestrations/${first}`, 'Operations'],
    ] as const) {
      await page.goto(`${service.url}/ui${path}`);
      const table = page.getByRole('group', { name: group, exact: true });
      await table.getByRole('row').nth(1).waitFor();
      const hidden = (box: { scrollWidth: number; clientWidth: number }) => box.scrollWidth - box.clientWidth;
      expect(await table.evaluate(hidden)).toBe(0);
      expect(await faultsOf(page)).toEqual([]);
      expect(await overflowOf(page)).toBe(0);
    }
    await page.locator('svg.burn-up').waitFor();
    expect(await page.locator('.scale').innerText()).toBe('12\n0');
    await close();
  });

  it('has words and a way on where a page throws', async () => {
    const { page, close } = await visit(browser, `${service.url}/ui/queue`);
    await page.route(
      ({ pathname }) => pathname === '/fleet',
      (route) => route.fulfill({ json: {} }),
    );
    await page.getByRole('link', { name: 'Fleet' }).click();
    await page.getByRole('heading', { name: 'This page has failed' }).waitFor();
    await page.getByRole('link', { name: 'The queue' }).click();
    await page.getByRole('heading', { name: 'Queue' }).waitFor();
    await close();
  });

  it('tries again what has failed for one cause, and says what came of it', async () => {
    await service.landscape.setUpgrades({ failureRate: 1 });
    const id = await service.rest.create(everything(12));
    await service.rest.reaches(id, 'failed');
    await service.landscape.setUpgrades({ failureRate: 0 });
    const { page, complaints, close } = await visit(browser, `${service.url}/ui`);
    const need = page.getByRole('region', { name: 'Needs you' }).getByRole('listitem');
    const ended = need.filter({ hasText: / failed (now|.* ago): 12 of 12 runtimes/ }).first();
    await ended.getByRole('link').click();
    await page.waitForURL(/\/ui\/orchestrations\/[0-9a-f-]{36}$/);
    expect(page.url()).toContain(id);
    await page.getByText('0 of 12 succeeded · 12 failed').waitFor();
    await page
      .getByRole('button', { name: /^Retry \d+…$/ })
      .first()
      .click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.innerText()).toContain('Each gets another attempt');
    await dialog.getByRole('button', { name: /^Retry/ }).click();
    await page
      .getByRole('status')
      .getByText(/^\d+ operations? gets? another attempt\.$/)
      .waitFor();
    await page.getByText(/^([1-9]|1[0-2]) of 12 succeeded/).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('shows how windows change with the policy, and stores it', async () => {
    const { page, complaints, close } = await visit(browser, `${service.url}/ui/policy`);
    const rule = { days: ['Sat'], timeBegin: '010000', timeEnd: '040000', timeZone: 'Asia/Tokyo' };
    const freeze = {
      name: 'payroll',
      reason: 'closing',
      from: '2020-01-01T00:00:00Z',
      to: '2099-01-01T00:00:00Z',
    };
    const freezes = [{ ...freeze, match: { plan: 'none such' } }];
    const policy = { rules: [{ match: { region: '.*' }, ...rule }], freezes };
    const windows = page.getByRole('group', { name: 'Next windows by zone' });
    await page.getByRole('button', { name: 'Show its windows' }).click();
    await windows.waitFor();
    expect(await windows.innerText()).not.toContain('Asia/Tokyo');
    await page.getByRole('textbox').fill(JSON.stringify(policy));
    await page.getByRole('button', { name: 'Show its windows' }).click();
    await windows.getByRole('row', { name: /Asia\/Tokyo rule 1 \d+/ }).waitFor();
    await page.getByRole('button', { name: 'Store…' }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('Saturdays in Tokyo');
    await page.getByRole('dialog').getByRole('button', { name: 'Store', exact: true }).click();
    await page.getByRole('status').getByText('Store this policy: done').waitFor();
    await page.getByText('Undo all').waitFor({ state: 'detached' });
    expect((await service.rest.request('GET', '/maintenance-policy')).body).toMatchObject(policy);
    const rules = page.getByRole('group', { name: /^Rules/ });
    await rules.getByRole('row', { name: 'rule 1 region .* Sat 01:00 to 04:00 Asia/Tokyo –' }).waitFor();
    await page
      .getByRole('group', { name: /^Freezes/ })
      .getByRole('row', { name: /^payroll plan none such 2020-01-01 00:00:00Z/ })
      .waitFor();
    // At once, and not with the next read of the inventory.
    await page.goto(`${service.url}/ui/`);
    await page
      .getByRole('listitem')
      .filter({ hasText: /Freeze payroll holds until .*: closing\. It touches 0 runtimes\./ })
      .waitFor();
    await page
      .getByRole('row', { name: /^Asia\/Tokyo/ })
      .or(page.getByText(/have their next window after that/))
      .waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('says of a policy what the text means that stands there, not an earlier one', async () => {
    const { page, close } = await visit(browser, `${service.url}/ui/policy`);
    await page.getByRole('button', { name: 'Show its windows' }).click();
    await page.getByRole('group', { name: 'Next windows by zone' }).waitFor();
    await page.getByRole('textbox').pressSequentially(' ');
    await page.getByText('says when the fleet would be upgraded').waitFor();
    await close();
  });

  it('starts a stack and stops it, saying before what that means', async () => {
    const stack = { name: '/acme/jack/shop', oplans: [disks] };
    expect((await service.rest.post('/orchestration/', stack)).status).toBe(201);
    const { page, complaints, close } = await visit(browser, `${service.url}/ui/stacks/acme/jack/shop`);
    const heading = page.getByRole('heading', { level: 1 });
    await page.getByRole('button', { name: 'Start…', exact: true }).click();
    expect(await page.getByRole('dialog').innerText()).toContain('Creates what is missing');
    await page.getByRole('dialog').getByRole('button', { name: 'Start', exact: true }).click();
    await heading.getByText('ready').waitFor();
    await page.getByRole('button', { name: 'Stop…' }).click();
    expect(await page.getByRole('dialog').innerText()).toContain('Destroys what the stack has created');
    await page.getByRole('dialog').getByRole('button', { name: 'Stop', exact: true }).click();
    await heading.getByText('stopped').waitFor();
    expect((await service.rest.request('DELETE', '/orchestration/acme/jack/shop')).status).toBe(204);
    expect(complaints).toEqual([]);
    await close();
  });

  it('has the report of the night to download', async () => {
    const { page, complaints, close } = await visit(browser, `${service.url}/ui/audit`);
    const begun = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Night report' }).click();
    const download = await begun;
    expect(download.suggestedFilename()).toBe('night-report.md');
    expect(readFileSync(await download.path(), 'utf8')).toMatch(/^# Night report\n/);
    expect(complaints).toEqual([]);
    await close();
  });

  it('has pages of stacks', async () => {
    for (let n = 0; n < 26; n += 1) {
      const stack = { name: `/acme/jill/s${n + 10}`, oplans: [disks] };
      expect((await service.rest.post('/orchestration/', stack)).status).toBe(201);
    }
    const { page, close } = await visit(browser, `${service.url}/ui/stacks`);
    await page.getByText('1–25 of 26 stacks').waitFor();
    await page.getByRole('button', { name: 'Later rows' }).click();
    await page.getByRole('link', { name: '/acme/jill/s35' }).waitFor();
    expect(await page.getByRole('row').count()).toBe(2);
    await close();
  });
});

describe('receivers of webhooks', () => {
  it('are tested, and what came of it is shown without a click, disabled and enabled', async () => {
    const receiver = await startReceiver();
    const secret = newSecret();
    const added = { url: receiver.url, description: 'pager', secret, events: ['webhook.test'] };
    expect((await service.rest.post('/webhooks', added)).status).toBe(201);
    const { page, complaints, close } = await visit(browser, `${service.url}/ui/you`);
    const row = page.getByRole('row', { name: /pager/ });
    await row.getByText('none yet').waitFor();
    await row.getByRole('button', { name: 'Test' }).click();
    await row.getByText('webhook.test delivered').waitFor();
    expect(receiver.got.map((one) => isSignedBy(secret, one))).toEqual([true]);
    receiver.answers = status(503, 'closed for today');
    await row.getByRole('button', { name: 'Test' }).click();
    await row.getByText('webhook.test pending: 503 closed for today').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await row.getByRole('button', { name: 'Disable' }).click();
    await row.getByText('disabled by jo: Disabled by hand').waitFor();
    await row.getByText('webhook.test failed: The webhook was disabled').waitFor();
    expect(await row.getByRole('button', { name: 'Test' }).isDisabled()).toBe(true);
    await row.getByRole('button', { name: 'Enable' }).click();
    await row.getByRole('button', { name: 'Disable' }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});

describe('whoever may only read', () => {
  it('finds why a runtime waits, and is told which group the buttons need', async () => {
    const id = await service.rest.create(everything(4, waves(2)));
    await until(async () => (await service.rest.orchestration(id)).waitingFor?.code === 'approval', {
      what: 'the question after the canary',
    });
    const { page, close } = await visit(browser, `${service.url}/ui`, { groups: ['runtimeOperator'] });
    await page.getByText('asks for an approval after canary').waitFor();
    const pending = (await service.rest.operations(id)).find(({ state }) => state === 'pending');
    const waiting = pending?.shootName ?? '';
    await page.keyboard.press('/');
    await page.keyboard.type(waiting);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: waiting }).waitFor();
    await page.getByText(/It is in a later wave: wave canary/).waitFor();
    await page.getByText(/, ready, Kyma /).waitFor();
    await page.getByRole('link', { name: 'Its operation' }).click();
    await page.getByRole('link', { name: /^← Kyma / }).waitFor();
    await page
      .getByRole('definition')
      .filter({ hasText: /^rest$/ })
      .waitFor();
    await page.goBack();
    // A Shoot without a runtime ID is no runtime, and its name says where it was left out all the same.
    const excluded = await service.rest.request('GET', `/orchestrations/${id}/excluded`);
    const leftOut = z
      .object({ data: z.array(z.object({ shootName: z.string(), reason: z.string(), message: z.string() })) })
      .parse(excluded.body)
      .data.find(({ reason }) => reason === 'no runtime ID');
    expect(leftOut?.message).toMatch(/carries no runtime ID/);
    await page.getByRole('searchbox', { name: /Why does this runtime wait/ }).fill(leftOut?.shootName ?? '');
    await page.keyboard.press('Enter');
    await page.getByText(leftOut?.message ?? '').waitFor();
    // A part of the name will do, in capitals or not.
    await page.keyboard.press('/');
    await page.getByRole('searchbox', { name: /Why does this runtime wait/ }).fill('C-');
    await page.keyboard.press('Enter');
    await page.getByText(/^\d+ runtimes found/).waitFor();
    await page.getByRole('link', { name: waiting }).click();
    await page.getByRole('heading', { name: waiting }).waitFor();
    await page.keyboard.press('/');
    await page.getByRole('searchbox', { name: /Why does this runtime wait/ }).fill(waiting);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: waiting }).waitFor();
    // A runtime that belongs to no orchestration is told as the inventory has it.
    await page.route(
      ({ pathname }) => pathname === '/runtimes',
      async (route) => {
        const response = await route.fetch();
        const json: unknown = JSON.parse(await response.text(), (key, value: unknown) =>
          key === 'orchestrationID' ? undefined : value,
        );
        await route.fulfill({ response, json });
      },
    );
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.reload();
    await page.getByRole('heading', { name: waiting }).waitFor();
    const found = page.getByRole('region', { name: 'A runtime' });
    await found.getByRole('link', { name: /^Kyma / }).waitFor();
    expect(await page.getByRole('link', { name: 'Its operation' }).count()).toBe(0);
    expect(asked.filter((path) => path.includes('//'))).toEqual([]);
    await page.goto(`${service.url}/ui/orchestrations/${id}`);
    await page.getByText('A change needs the group runtimeAdmin').waitFor();
    expect(await page.getByRole('button', { name: 'Stop…' }).isDisabled()).toBe(true);
    await close();
  });
});

describe.each([
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 400 },
] as const)('in $colorScheme at $width px', ({ colorScheme, width }) => {
  it('no page has a fault that axe-core finds, none is wider than the window, and none breaks the CSP', async () => {
    await service.landscape.setUpgrades({ failureRate: 1 });
    const id = await service.rest.create(everything(4));
    await service.rest.reaches(id, 'failed');
    const shop = {
      name: '/acme/jack/shop',
      oplans: [disks, { ...disks, label: 'more', objects: [{ name: '/acme/jack/more', size: '10G' }] }],
      relationships: [{ oplan: 'more', to_oplan: 'disks', type: 'depends' }],
    };
    // The second look finds it there.
    expect([201, 409]).toContain((await service.rest.post('/orchestration/', shop)).status);
    const [operation] = await service.rest.operations(id);
    const { page, complaints, close } = await visit(browser, `${service.url}/ui`, {
      colorScheme,
      viewport: { width, height: 900 },
    });
    const paths = [
      '',
      '/orchestrations',
      `/orchestrations/${id}?by=region`,
      `/orchestrations/${id}/operations/${operation?.operationID ?? ''}`,
      '/new',
      '/queue',
      '/approvals',
      '/policy',
      '/stacks',
      '/stacks/acme/jack/shop',
      '/audit',
      '/you',
    ];
    for (const path of paths) {
      await page.goto(`${service.url}/ui${path}`);
      await page.getByText('live', { exact: true }).waitFor();
      await page.getByText('Reading…').first().waitFor({ state: 'detached' });
      expect([path, await faultsOf(page)]).toEqual([path, []]);
      expect([path, await overflowOf(page)]).toEqual([path, 0]);
    }
    expect(complaints).toEqual([]);
    await close();
  });
});
