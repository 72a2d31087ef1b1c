/** The page of an orchestration of 10,000 operations, of which 1,000 change a second. What it takes is printed, beside a quiet page. */
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import pino from 'pino';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startAPI } from '../../src/bin/compose/api-server.ts';
import { operatorPage } from '../../src/bin/compose/operator-page.ts';
import { createEventStreams } from '../../src/api/event-stream/event-streams.ts';
import { openDatabase } from '../../src/db/connection.ts';
import { createRepositories } from '../../src/db/repositories/index.ts';
import { ApiRig } from '../api/api-rig.ts';
import { LOGIN } from '../api/sign-ins.ts';
import { atEndOfFile, createDatabase, until } from '../support/environment.ts';
import { aPlan } from '../support/rows.ts';
import { startBrowser, visit } from '../ui/browser.ts';

const OPERATIONS = 10_000;
const A_SECOND = 1_000;
const TICK_MS = 100;
/** Times that each thing is done. */
const ROUNDS = 8;

const OBSERVE = `
  window.inputs = [];
  new PerformanceObserver((list) => {
    for (const { duration, interactionId } of list.getEntries()) if (interactionId) window.inputs.push(duration);
  }).observe({ type: 'event', durationThreshold: 16 });
`;

/** Every tick so many operations begin, or end, each with its event. Answers how to stop it, and how many events it wrote. */
function change(sql: postgres.Sql, id: string): { stop(): Promise<number> } {
  let isOn = true;
  let written = 0;
  const run = async (): Promise<void> => {
    const begun = performance.now();
    for (let at = 0; isOn; at += (A_SECOND * TICK_MS) / 1_000) {
      const count = (A_SECOND * TICK_MS) / 1_000;
      const first = at % OPERATIONS;
      await sql`
        with changed as (
          update operations o set state = case old.state when 'in progress' then 'succeeded' else 'in progress' end,
            updated_at = now(), description = 'changed'
          from (select id, state from operations where orchestration_id = ${id} and position >= ${first} and position < ${first + count}) as old
          where o.id = old.id
          returning o.id, o.orchestration_id, old.state as from_state, o.state as to_state
        )
        insert into events (orchestration_id, operation_id, at, actor, kind, from_state, to_state, reason)
        select orchestration_id, id, now(), 'drydock', 'state', from_state, to_state, 'It changes' from changed`;
      written += count;
      const due = begun + (written / A_SECOND) * 1_000;
      await sleep(Math.max(0, due - performance.now()));
    }
  };
  const running = run();
  return {
    stop: async () => {
      isOn = false;
      await running;
      return written;
    },
  };
}

interface Took {
  /** ms from a click or key to the next picture, as the browser itself has it; less than 16 counts as 16. */
  input: number[];
  /** ms until the table shows what was asked for. */
  table: number[];
}

async function use(page: Page): Promise<Took> {
  await page.evaluate('window.inputs.length = 0');
  const state = page.getByRole('combobox', { name: 'State' });
  const search = page.getByRole('searchbox', { name: 'Search' });
  const table: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const begun = performance.now();
    await search.fill(`shoot-${round}`);
    await page.waitForURL(new RegExp(`search=shoot-${round}$`));
    await page
      .getByRole('status')
      .getByText(/operations?$/)
      .waitFor();
    table.push(performance.now() - begun);
    await search.fill('');
    await state.selectOption('pending');
    await state.selectOption('');
    await page.getByRole('button', { name: 'Pause…' }).click();
    await page.getByLabel('Reason').pressSequentially('disks');
    await page.getByRole('button', { name: 'Back' }).click();
  }
  return { input: await page.evaluate<number[]>('window.inputs'), table };
}

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function inWords({ input, table }: Took): string {
  const most = Math.max(16, ...input);
  return `${middle(input) || 16} ms to the next picture (at most ${most}), ${middle(table).toFixed(0)} ms to the table`;
}

it('can be used while 1,000 of 10,000 operations change a second, and shows in the end what is there', async () => {
  const browser = await startBrowser();
  atEndOfFile(() => browser.close());
  const { url: databaseURL } = await createDatabase();
  const database = openDatabase(databaseURL);
  const sql = postgres(databaseURL, { onnotice: () => undefined });
  atEndOfFile(() => Promise.all([database.close(), sql.end()]).then(() => undefined));
  const logger = pino({ level: 'silent' });
  const repositories = createRepositories(database);
  const streams = createEventStreams({ repositories, logger, clock: Date.now });
  const rig = await ApiRig.start({
    ...{ repositories, streams, logger, login: LOGIN },
    page: operatorPage(logger),
  });
  const api = await startAPI({ app: rig.app, port: 0, host: '127.0.0.1' });
  atEndOfFile(async () => {
    await streams.close();
    await api.close();
  });
  const { id } = await aPlan(repositories, OPERATIONS);
  await sql`analyze`;

  const { page, complaints, close } = await visit(browser, `${api.url}/ui/orchestrations/${id}`);
  await page.getByText(`1–25 of 10,000 operations`).waitFor();
  await page.evaluate(OBSERVE);
  const quiet = await use(page);
  const changing = change(sql, id);
  const begun = performance.now();
  await sleep(2_000);
  const busy = await use(page);
  const written = await changing.stop();
  const rate = (written / (performance.now() - begun)) * 1_000;
  process.stdout.write(`quiet: ${inWords(quiet)}\n${rate.toFixed(0)} events a second: ${inWords(busy)}\n`);

  const [row] = await sql`select count(*)::int as count from operations where state = 'succeeded'`;
  const succeeded = Number(row?.['count']).toLocaleString('en-GB');
  await page.getByRole('link', { name: `${succeeded} succeeded` }).waitFor();
  await page.getByText('live', { exact: true }).waitFor();
  await until(async () => (await page.getByRole('row').count()) > 1, { what: 'the table has rows' });
  expect(complaints).toEqual([]);
  await close();
});
