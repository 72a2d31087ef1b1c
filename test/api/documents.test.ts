/** The commands that print documents, against the real API over HTTP. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { startAPI } from '../../src/bin/compose/api-server.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { typed, type Ended, type Typed } from '../support/command-line.ts';
import { atEndOfFile, temporaryFolder } from '../support/environment.ts';
import { aRequest, aRuntime, AT, BY_NO_POLICY, placed, planned } from '../support/rows.ts';
import { ApiRig } from './api-rig.ts';

const NOW = Date.parse('2026-01-02T08:00:00Z');
let rig: ApiRig;
let url: string;

beforeAll(async () => {
  rig = await ApiRig.start({ clock: () => NOW });
  const api = await startAPI({ app: rig.app, port: 0, host: '127.0.0.1' });
  atEndOfFile(() => api.close());
  url = api.url;
  const { orchestrations, operations } = rig.repositories;
  const request = aRequest();
  const id = request.orchestrationID;
  await orchestrations.record(request);
  await orchestrations.transition(id, 'in progress', { actor: 'drydock', reason: 'its turn', now: AT });
  const end = '2026-01-03T02:00:00.000Z';
  const window = placed({ begin: '2026-01-02T22:00:00.000Z', latestStart: end, end });
  const rows = ['one', 'two'].map((globalAccountID, position) =>
    planned(position, aRuntime({ shootName: `c-${globalAccountID}`, globalAccountID }), window),
  );
  await operations.plan({ id, type: request.type, dryRun: false }, rows, AT);
  await orchestrations.planned(id, { count: 2, leftOut: {}, notSelected: 0, ...BY_NO_POLICY, now: AT });
});

async function run(args: string, options: Typed = {}): Promise<Ended> {
  const env = { DRYDOCK_API: url, DRYDOCK_TOKEN: await rig.token('runtimeOperator') };
  return await typed(args.split(' '), { env, now: () => NOW, ...options });
}

it('calendar prints the coming windows, of an account or all', async () => {
  const all = await run('calendar');
  expect([all.code, all.stderr]).toEqual([EXIT.done, '']);
  expect(all.stdout).toMatch(/^BEGIN:VCALENDAR\r\n/);
  expect(all.stdout.match(/^SUMMARY:.*$/gm)).toEqual([
    'SUMMARY:Kyma upgrade of c-one to 2.20.5',
    'SUMMARY:Kyma upgrade of c-two to 2.20.5',
  ]);
  const one = await run('calendar --account two --account none');
  expect(one.stdout.match(/^SUMMARY:.*$/gm)).toEqual(['SUMMARY:Kyma upgrade of c-two to 2.20.5']);
});

it('calendar writes a file that is the answer of the service', async () => {
  const file = join(temporaryFolder(), 'windows.ics');
  const written = await run(`calendar -f ${file}`);
  expect(written).toMatchObject({ code: EXIT.done, stdout: '', stderr: `Written into ${file}.\n` });
  expect(readFileSync(file, 'utf8')).toBe((await run('calendar')).stdout);
  const nowhere = await run('calendar -f /nonexistent/windows.ics');
  expect(nowhere).toMatchObject({ code: EXIT.usage, stdout: '' });
  expect(nowhere.stderr).toContain("/nonexistent/windows.ics can't be written");
});

it('report prints the night, by default the last twelve hours', async () => {
  const { code, stdout, stderr } = await run('report');
  expect([code, stderr]).toEqual([EXIT.done, '']);
  expect(stdout).toContain('# Night report\n\n2026-01-01T20:00Z to 2026-01-02T08:00Z');
  expect(stdout).toContain('### Kyma upgrade to 2.20.5');
});

it.each([
  ['--since 2d', '2025-12-31T08:00Z to 2026-01-02T08:00Z'],
  ['--since 6h --until 2h', '2026-01-02T02:00Z to 2026-01-02T06:00Z'],
  ['--until 2026-01-02T01:00:00+01:00', '2026-01-01T12:00Z to 2026-01-02T00:00Z'],
])('report %s', async (options, times) => {
  expect((await run(`report ${options}`)).stdout).toContain(times);
});

it('what the service refuses is said', async () => {
  const { code, stderr } = await run('report --since yesterday');
  expect(code).toBe(EXIT.usage);
  expect(stderr).toContain('since must be a time with an offset');
  expect((await run('report --since 8d')).stderr).toContain('since must be at most 7 days before until');
});

it('a terminal gets no control characters', async () => {
  const { stdout } = await run('calendar', { isTerminal: true });
  expect(stdout).toContain('BEGIN:VCALENDAR\n');
  expect(stdout).not.toContain('\r');
});
