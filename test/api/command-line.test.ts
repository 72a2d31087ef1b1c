/** Every command of `drydock` against the real API, over HTTP; only the engine is a stand-in. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEventStreams } from '../../src/api/event-stream/event-streams.ts';
import { startAPI } from '../../src/bin/compose/api-server.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { operationID as operationIDOf } from '../../src/domain/upgrades/operation-id.ts';
import { typed, type Ended, type Typed } from '../support/command-line.ts';
import { atEndOfFile, temporaryFolder, until } from '../support/environment.ts';
import {
  aPlan,
  aRequest,
  aRuntime,
  asShoot,
  AT,
  BY_NO_POLICY,
  EXECUTION,
  FIRST,
  planned,
} from '../support/rows.ts';
import { aDefinition, aStack } from '../support/stacks/rows.ts';
import { ApiRig, repositoriesAway, SUBJECT, UNKNOWN_ID } from './api-rig.ts';

let rig: ApiRig;
let url: string;
/** A plan of three: one has failed, one has succeeded, one waits. */
let id: string;
let operationIDs: string[];
const mark = { actor: 'alice', reason: 'test', now: AT };
const SHOOTS = ['c-aaa', 'c-bbb', 'c-ccc'];

beforeAll(async () => {
  rig = await ApiRig.start();
  const { repositories, logger, clock } = rig.deps;
  const streams = createEventStreams({ repositories, logger, clock });
  const api = await startAPI({ app: rig.with({ streams }).app, port: 0, host: '127.0.0.1' });
  atEndOfFile(async () => {
    await streams.close();
    await api.close();
  });
  url = api.url;
  ({ id, operationIDs } = await aPlanOf(SHOOTS));
  const [failed = '', succeeded = ''] = operationIDs;
  const { operations } = repositories;
  await operations.claim(failed, EXECUTION, AT);
  await operations.fail(failed, FIRST, { code: 'UPGRADE_FAILED', message: 'the disk is full' }, AT);
  await operations.claim(succeeded, EXECUTION, AT);
  await operations.finish(succeeded, FIRST, { state: 'succeeded', description: 'Operation succeeded' }, AT);
});

/** An orchestration in progress that upgrades these. */
async function aPlanOf(shoots: readonly string[]): Promise<{ id: string; operationIDs: string[] }> {
  const request = aRequest();
  const one = request.orchestrationID;
  const { orchestrations, operations } = rig.repositories;
  await orchestrations.record(request);
  await orchestrations.transition(one, 'in progress', mark);
  const batch = shoots.map((shootName, position) => {
    const runtime = aRuntime({ shootName });
    const operationID = operationIDOf(one, runtime.runtimeID);
    return planned(position, runtime, { operationID });
  });
  if (batch.length > 0) await operations.plan({ id: one, type: request.type, dryRun: false }, batch, AT);
  const counts = { count: shoots.length, leftOut: {}, notSelected: 0, now: AT };
  await orchestrations.planned(one, { ...counts, ...BY_NO_POLICY });
  return { id: one, operationIDs: batch.map(({ operationID }) => operationID) };
}

async function run(args: string, options: Typed & { group?: string } = {}): Promise<Ended> {
  const { group = 'runtimeAdmin', env, ...rest } = options;
  const token = await rig.token(group);
  return await typed(args.split(' '), {
    env: { DRYDOCK_API: url, DRYDOCK_TOKEN: token, ...env },
    ...rest,
  });
}

/** With names in place of what is another one in each run. */
function steady(text: string, orchestration = id, operations = operationIDs): string {
  let steadied = text
    .replaceAll(orchestration, '<orchestration>')
    .replaceAll(orchestration.slice(0, 8), '<orches>');
  for (const [at, operation] of operations.entries())
    steadied = steadied
      .replaceAll(operation, `<operation ${at}>`)
      .replaceAll(operation.slice(0, 8), `<oper ${at}>`);
  return steadied.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<time>').replaceAll(/ +$/gm, '');
}

describe('what is read', () => {
  it('list: a table in a terminal, tabs in a pipe', async () => {
    const pipe = await typed(['list', '--state', 'in progress'], await signedIn());
    expect(pipe.code).toBe(EXIT.done);
    expect(steady(pipe.stdout)).toBe(
      '<orchestration>\tkyma\tin progress\t2/3\t1\t<time>\tScheduled 3 operations\n',
    );
    expect(pipe.stderr).toBe('');
    const terminal = await typed(['list', '--limit', '1'], { ...(await signedIn()), isTerminal: true });
    const [head, row] = terminal.stdout.split('\n');
    expect(head).toMatch(/^ID {8}TYPE {2}STATE +DONE {2}FAILED {2}CREATED {15}WHAT$/);
    expect(steady(row ?? '')).toMatch(/^<orches> {2}kyma /);
  });

  it('list -o json has the answers as they are, name the IDs, custom what was asked for', async () => {
    const { body } = await rig.call('GET', '/orchestrations?page_size=1');
    const json = await run('list --limit 1 -o json');
    expect(JSON.parse(json.stdout)).toEqual((body as { data: unknown[] }).data);
    expect((await run('list -o name')).stdout).toContain(`${id}\n`);
    const custom = await run('list -o custom=ID:orchestrationID,DONE:progress.done');
    expect(custom.stdout).toContain(`${id}\t2\n`);
  });

  it('show: one orchestration by the beginning of its ID, its failures on standard error', async () => {
    const { code, stdout, stderr } = await run(`show ${id.slice(0, 8)}`);
    expect(code).toBe(EXIT.done);
    expect(steady(stdout)).toBe(
      [
        'ID\t<orchestration>',
        'Upgrade\tkyma 2.20.5',
        'State\tin progress',
        'What\tScheduled 3 operations',
        'Done\t2/3, 1 failed, 0 in flight',
        'Workers\t5',
        'Schedule\timmediate',
        'Created\t<time> by alice',
        'Updated\t<time>',
        '',
      ].join('\n'),
    );
    expect(steady(stderr)).toBe(
      '1 failed: the disk is full\n`drydock ops <orches> --state failed` names them; `drydock retry <orches>` tries them again.\n',
    );
    expect((await run(`show ${id} --exit-status`)).code).toBe(EXIT.notFinished);
  });

  it('show: one operation, by its Shoot, with its end as exit code', async () => {
    const failed = await run(`show ${id} c-aaa --exit-status`);
    expect(failed.code).toBe(EXIT.failed);
    expect(steady(failed.stdout)).toContain('ID\t<operation 0>\nShoot\tc-aaa\n');
    const byID = await run(`show ${id} ${operationIDs[1]?.slice(0, 9) ?? ''} --exit-status`);
    expect([byID.code, byID.stdout.includes('c-bbb')]).toEqual([EXIT.done, true]);
    expect((await run(`show ${id} c-zzz`)).code).toBe(EXIT.refused);
  });

  it('ops: in the order of the plan, filtered', async () => {
    const all = await run(`ops ${id}`);
    expect(
      steady(all.stdout)
        .split('\n')
        .map((line) => line.split('\t').slice(0, 6).join(' ')),
    ).toEqual([
      '<operation 0> c-aaa azure westeurope failed 1',
      '<operation 1> c-bbb azure westeurope succeeded 1',
      '<operation 2> c-ccc azure westeurope pending 1',
      '',
    ]);
    const terminal = await run(`ops ${id} --state failed`, { isTerminal: true, env: { NO_COLOR: '1' } });
    expect(steady(terminal.stdout)).toBe(
      [
        'ID        SHOOT  PLAN   REGION      STATE   TRIES  WHAT',
        '<oper 0>  c-aaa  azure  westeurope  failed  1      the disk is full',
        '',
      ].join('\n'),
    );
    expect((await run(`ops ${id} --search c-bbb -o name`)).stdout).toBe(`${operationIDs[1] ?? ''}\n`);
    expect(await run(`ops ${id} --wave rest`)).toMatchObject({
      stdout: '',
      stderr: 'No operations match, or there is no plan yet.\n',
    });
    expect(await run(`ops ${id} --limit 1`)).toMatchObject({ stderr: '1 of 3; --limit 0 shows all.\n' });
  });

  it('failures and events', async () => {
    const failures = await run(`failures ${id} -o custom=N:count,WHY:message`);
    expect(failures.stdout).toBe('1\tthe disk is full\n');
    const events = await run(`events ${id} --operation c-aaa -o custom=FROM:fromState,TO:toState`);
    expect(events.stdout).toBe('pending\tin progress\nin progress\tfailed\n');
    expect((await run(`events ${id} --limit 1`)).stdout.split('\t').slice(1, 3)).toEqual([
      'alice',
      'created',
    ]);
  });

  it('queue: everything of it as JSON, those that wait as a table', async () => {
    const json = await run('queue -o json');
    expect(JSON.parse(json.stdout)).toEqual((await rig.call('GET', '/queue')).body);
    expect((await run('queue')).code).toBe(EXIT.done);
  });
});

describe('whole IDs, beginnings of IDs, and none', () => {
  it('a beginning that several have is refused with their names', async () => {
    const ids = (await run('list --limit 0 -o name')).stdout.trim().split('\n');
    // Of seventeen, two begin with the same character.
    while (ids.length < 17) ids.push((await aPlanOf([])).id);
    const firsts = ids.map((each) => each.slice(0, 1));
    const first = firsts.find((each, at) => firsts.indexOf(each) !== at) ?? '';
    const { code, stderr } = await run(`show ${first}`);
    expect(code).toBe(EXIT.usage);
    expect(stderr).toMatch(/orchestrations begin with/);
    expect(stderr).toContain('Type more of the ID.');
  });

  it.each([UNKNOWN_ID, '00000000', 'nonsense'])('%s is refused', async (unknown) => {
    const { code, stdout, stderr } = await run(`show ${unknown}`);
    expect([code, stdout]).toEqual([EXIT.refused, '']);
    expect(stderr).toMatch(/^drydock: /);
  });
});

describe('what changes an orchestration', () => {
  it('pause, resume, scale: with their reason, which stands in the events', async () => {
    const { id: one } = await aPlanOf(['c-1']);
    const paused = await typed(['pause', one, '--reason', 'disk alerts'], await signedIn());
    expect(paused.code).toBe(EXIT.done);
    expect(paused.stdout).toMatch(/^ID\t.*\nPaused\tby alice since .*: disk alerts\nWorkers\t5\n$/);
    expect(paused.stderr).toBe(`\`drydock resume ${one.slice(0, 8)}\` lets it go on.\n`);
    expect((await run(`list -o custom=ID:orchestrationID,P:paused`)).stdout).toContain(`${one}\ttrue`);
    expect((await run(`resume ${one}`)).stdout).toContain('Paused\tno\n');
    expect((await run(`scale ${one} 7`)).stdout).toContain('Workers\t7\n');
    const events = await run(`events ${one} -o custom=KIND:kind,WHY:reason`);
    expect(events.stdout).toMatch(/paused\t.*disk alerts/);
    expect(await run(`scale ${one} 0`)).toMatchObject({ code: EXIT.usage });
    expect(await run(`scale ${one} many`)).toMatchObject({ code: EXIT.usage });
  });

  it('cancel asks in a terminal, says what it means, and needs --yes elsewhere', async () => {
    const { id: one } = await aPlanOf(['c-1', 'c-2']);
    rig.gateway.remember(one);
    const no = await run(`cancel ${one}`, { isTerminal: true, answers: ['n'] });
    expect([no.code, no.questions]).toEqual([
      EXIT.interrupted,
      ['0 upgrades will finish, 2 will never begin. Cancel it? [y/N] '],
    ]);
    expect(await run(`cancel ${one}`)).toMatchObject({ code: EXIT.usage, stdout: '' });
    expect(rig.gateway.cancels.filter((each) => each.id === one)).toEqual([]);
    const yes = await run(`cancel ${one} --reason fire`, { isTerminal: true, answers: ['y'] });
    expect(yes.code).toBe(EXIT.done);
    expect(rig.gateway.cancels.filter((each) => each.id === one)).toEqual([
      { id: one, actor: SUBJECT, reason: 'fire' },
    ]);
    expect((await run(`show ${one}`)).stdout).toMatch(/^Canceled\tby alice since \S+: fire$/m);
    expect(await run(`cancel ${one} -y`)).toMatchObject({ code: EXIT.done });
    expect(await run(`show ${one} --exit-status`)).toMatchObject({ code: EXIT.notFinished });
  });

  it('retry: all that has failed, one by its Shoot, or those of a cause', async () => {
    const { id: one, operationIDs: ids } = await aPlanOf(['c-1', 'c-2', 'c-3']);
    const { operations } = rig.repositories;
    for (const [at, each] of ids.entries()) {
      await operations.claim(each, EXECUTION, AT);
      await operations.fail(
        each,
        FIRST,
        { code: 'UPGRADE_FAILED', message: at === 0 ? 'no disk' : 'no net' },
        AT,
      );
    }
    const single = await typed(
      ['retry', one, '--operation', 'c-1', '--reason', 'more disk', '-o', 'json'],
      await signedIn(),
    );
    expect(JSON.parse(single.stdout)).toMatchObject({ retryOperations: [ids[0]] });
    const [cause = ''] = (await run(`failures ${one} -o name`)).stdout.split('\n');
    const rest = await run(`retry ${one} --cause ${cause}`);
    expect(rest.stdout).toContain('Retried\t2\n');
    expect(await run(`retry ${one} --cause ${cause}`)).toMatchObject({ code: EXIT.refused });
    expect(await run(`retry ${one} --operation c-9`)).toMatchObject({ code: EXIT.refused });
    expect((await run(`events ${one} -o custom=K:kind,W:reason`)).stdout).toContain('retried\tmore disk\n');
  });

  it('skip: an operation by its Shoot, or a wave', async () => {
    const { id: one } = await aPlanOf(['c-1', 'c-2']);
    const skipped = await run(`skip ${one} --operation c-1 --reason sold`);
    expect(skipped.code).toBe(EXIT.done);
    expect((await run(`ops ${one} --state canceled -o custom=S:shootName,D:description`)).stdout).toBe(
      'c-1\tSkipped by alice: sold\n',
    );
    expect(await run(`skip ${one}`)).toMatchObject({ code: EXIT.usage });
    expect(await run(`skip ${one} --wave x --operation y`)).toMatchObject({ code: EXIT.usage });
    expect(await run(`skip ${one} --wave early`)).toMatchObject({ code: EXIT.refused });
  });

  it('approve and reject answer the question that stands, and say when none does', async () => {
    const one = await asking();
    expect((await run(`show ${one}`)).stderr).toContain(`\`drydock approve ${one.slice(0, 8)}`);
    const approved = await run(`approve ${one} --reason good`);
    expect(approved.code).toBe(EXIT.done);
    expect((await run(`events ${one} -o custom=K:kind,W:reason`)).stdout).toMatch(/approved\t.*good/);
    expect(await run(`approve ${one}`)).toMatchObject({
      code: EXIT.refused,
      stderr: expect.stringContaining('No question stands') as string,
    });
    const other = await asking();
    expect(await run(`reject ${other} --question 7`)).toMatchObject({ code: EXIT.refused });
    expect(await run(`reject ${other} --reason bad`)).toMatchObject({ code: EXIT.done });
  });

  it('queue front, pause and resume', async () => {
    const waiting = aRequest();
    await rig.repositories.orchestrations.record(waiting);
    const one = waiting.orchestrationID;
    const before = await run('queue -o name');
    expect(before.stdout).toContain(one);
    const moved = await run(`queue front ${one} --reason urgent`);
    expect([moved.code, moved.stdout.includes(one)]).toEqual([EXIT.done, true]);
    const paused = await run('queue pause --reason smoke');
    expect(paused.stdout).toMatch(/^Paused\tby alice since .*: smoke\n$/);
    expect((await run('queue')).stderr).toMatch(/Everything is paused by alice since .*: smoke/);
    expect((await run('queue resume')).stdout).toBe('Paused\tno\n');
  });
});

/** The ID of an orchestration whose first wave asks. */
async function asking(): Promise<string> {
  const base = aRequest({ createdBy: 'bob' });
  const approval = { notByCreator: false };
  const waves = [{ name: 'canary', count: 2, approval }];
  const strategy = { ...base.parameters.strategy, waves };
  const request = { ...base, parameters: { ...base.parameters, strategy } };
  const wave = { size: 0, workers: null, soakMinutes: 0, budgetMax: null };
  const { id: one } = await aPlan(rig.repositories, 0, request, {
    waves: [
      { ...wave, number: 0, name: 'canary', approval },
      { ...wave, number: 1, name: 'rest', approval: null },
    ],
  });
  for (const move of [
    { to: 'gate', reason: 'test' },
    { to: 'asking', expiresAt: null, reason: 'test' },
  ] as const) {
    const standing = (await rig.repositories.control.wanted(one))?.wave;
    if (!standing || !(await rig.repositories.control.moveWave(one, standing, move, AT)))
      throw new Error(`The wave does not move to ${move.to}`);
  }
  return one;
}

async function signedIn(group = 'runtimeAdmin'): Promise<{ env: Record<string, string> }> {
  return { env: { DRYDOCK_API: url, DRYDOCK_TOKEN: await rig.token(group) } };
}

describe('upgrade', () => {
  it('begins what was asked for, once, and answers its ID', async () => {
    const { code, stdout } = await run(
      'upgrade kyma --include planName=azure,region=^eu --workers 3 --yes -o name',
    );
    expect(code).toBe(EXIT.done);
    const { body } = await rig.call('GET', `/orchestrations/${stdout.trim()}`);
    expect(body).toMatchObject({
      type: 'upgradeKyma',
      parameters: {
        targets: { include: [{ planName: 'azure', region: '^eu' }] },
        strategy: { parallel: { workers: 3 }, schedule: 'immediate' },
      },
    });
  });

  it('keeps why, and shows it with who began it', async () => {
    const asked = ['upgrade', 'kyma', '--include', 'all', '--yes', '-o', 'name', '--reason', 'CVE of Istio'];
    const { stdout } = await typed(asked, await signedIn());
    const shown = await run(`show ${stdout.trim()}`);
    expect(shown.stdout).toMatch(/\nWhy\tCVE of Istio\n/);
    expect(shown.stdout).toMatch(new RegExp(`\\nCreated\\t.* by ${SUBJECT}\\n`));
  });

  it('takes a request from a file, as YAML, and from standard input', async () => {
    const file = join(temporaryFolder(), 'request.yaml');
    writeFileSync(file, 'targets:\n  include: [{target: all}]\nkubernetes: {kubernetesVersion: 1.31.3}\n');
    const one = await run(`upgrade cluster -f ${file} --window -y -o name`);
    expect((await rig.call('GET', `/orchestrations/${one.stdout.trim()}`)).body).toMatchObject({
      type: 'upgradeCluster',
      parameters: {
        kubernetes: { kubernetesVersion: '1.31.3' },
        strategy: { schedule: 'maintenanceWindow' },
      },
    });
    const input = '{"targets": {"include": {"target": "all"}}, "strategy": {"workers": 3, "x": 1}}';
    const refused = await run('upgrade kyma -f - -y', { input });
    expect(refused.code).toBe(EXIT.usage);
    // Everything that is wrong, a line each.
    expect(refused.stderr).toMatch(/strategy\.workers is not a known field.*\n.*strategy\.x is not/);
    expect(await run('upgrade kyma -f - -y', { input: '{' })).toMatchObject({ code: EXIT.usage });
    expect(await run('upgrade kyma -f /nonexistent -y')).toMatchObject({ code: EXIT.usage });
  });

  it('begins nothing without --yes where nobody can be asked, nor for an operator', async () => {
    const before = (await run('list --limit 0 -o name')).stdout;
    rig.gateway.making = async (planID) => void (await rig.repositories.plans.fail(planID, 'no inventory'));
    // Nor is a plan made that nobody could say yes to.
    const plans = rig.gateway.plans.length;
    expect(await run('upgrade kyma --include all')).toMatchObject({
      code: EXIT.usage,
      stderr: expect.stringContaining('nobody can be asked') as string,
    });
    expect(rig.gateway.plans).toHaveLength(plans);
    expect(await run('upgrade kyma --include all', { isTerminal: true, answers: [] })).toMatchObject({
      ...{ code: EXIT.refused, questions: [] },
      stderr: expect.stringContaining('no inventory') as string,
    });
    expect(await run('upgrade kyma')).toMatchObject({ code: EXIT.usage });
    const operator = await run('upgrade kyma --include all --yes', { group: 'runtimeOperator' });
    expect(operator).toMatchObject({ code: EXIT.refused, stdout: '' });
    expect(operator.stderr).toContain('Only members of the admin group');
    expect((await run('list --limit 0 -o name')).stdout).toBe(before);
  });

  it('sends again what lost its answer: it begins once', async () => {
    const before = (await run('list --limit 0 -o name')).stdout.split('\n').length;
    let sent = 0;
    const listener = getRequestListener(async (request, { incoming }) => {
      const answer = await rig.app.fetch(request);
      sent += 1;
      if (sent === 1) incoming.socket.destroy();
      return answer;
    });
    const server = createServer((request, response) => void listener(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    atEndOfFile(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const args = `upgrade kyma --include all --yes -o name --api http://127.0.0.1:${port}`;
    const { code, stdout } = await run(args);
    expect([code, sent]).toEqual([EXIT.done, 2]);
    const after = (await run('list --limit 0 -o name')).stdout.split('\n');
    expect(after).toHaveLength(before + 1);
    expect(after).toContain(stdout.trim());
  });

  it('with a hash of a plan that is not kept is refused', async () => {
    const { code, stderr } = await run(`upgrade kyma --include all --yes --plan-hash ${'0'.repeat(64)}`);
    expect(code).toBe(EXIT.refused);
    expect(stderr).toContain('drydock: ');
  });
});

describe('runtimes', () => {
  beforeAll(async () => {
    const { fleet } = rig.repositories;
    const rows = await rig.repositories.operations.findMany(operationIDs);
    const shoots = rows.map(({ runtimeID, shootName }) => asShoot(aRuntime({ runtimeID, shootName })));
    shoots.push(asShoot(aRuntime({ shootName: 'c-ddd', servicePlanName: 'gcp' })));
    shoots.push({
      ...asShoot(aRuntime({ shootName: 'c-eee' })),
      leftOut: 'hibernated',
      standing: 'suspended',
    });
    const reading = await fleet.begin(AT);
    await fleet.write(reading, shoots, AT);
    const shootNames = shoots.map(({ shootName }) => shootName);
    const outlook = { kind: 'unusable policy', message: 'for the test' } as const;
    await fleet.finish(reading, { shootNames, outlook, now: AT });
  });

  it('are listed with filters', async () => {
    expect((await run('runtimes -o name')).stdout.trim().split('\n').sort()).toEqual([...SHOOTS, 'c-ddd']);
    expect((await run('runtimes --plan gcp --plan aws -o name')).stdout).toBe('c-ddd\n');
    expect((await run('runtimes --state suspended -o name')).stdout).toBe('c-eee\n');
    expect(await run('runtimes --state asleep')).toMatchObject({ code: EXIT.usage });
  });

  it('runtime: one with its last upgrade, by Shoot or ID, also when it sleeps', async () => {
    const { stdout } = await run('runtime c-aaa');
    expect(steady(stdout)).toContain(
      'Kyma upgrade\tfailed at <time> (orchestration <orchestration>): the disk is full\n',
    );
    const runtimeID = /Runtime\t(\S+)/.exec(stdout)?.[1] ?? '';
    expect((await run(`runtime ${runtimeID} -o name`)).stdout).toBe('c-aaa\n');
    expect((await run('runtime c-eee')).stdout).toContain('State\tsuspended');
    expect(await run('runtime c-zzz')).toMatchObject({ code: EXIT.refused });
  });

  it('why: what it waits for, a sentence for people, columns for programs', async () => {
    const pipe = await run('why c-ccc -o custom=S:state,O:operationID');
    expect(pipe.stdout).toContain(`pending\t${operationIDs[2] ?? ''}\n`);
    const terminal = await run('why c-ccc', { isTerminal: true });
    expect(steady(terminal.stdout)).toContain('kyma 2.20.5, orchestration <orches>: pending\n  ');
    expect(await run('why c-zzz')).toMatchObject({ code: EXIT.refused });
  });
});

describe('policy', () => {
  it('is read, shown with its change, stored in place of what was seen, and nothing else', async () => {
    expect((await run('policy get -o json')).stdout).toContain('"rules": []');
    const file = join(temporaryFolder(), 'policy.yaml');
    writeFileSync(
      file,
      'rules: []\ndefault: {days: [Sat], timeBegin: "220000+0000", timeEnd: "040000+0000"}\n',
    );
    expect(await run(`policy set -f ${file} -y`)).toMatchObject({ code: EXIT.usage });
    const no = await run(`policy set -f ${file}`, { isTerminal: true, answers: [''] });
    expect([no.code, no.questions]).toEqual([EXIT.interrupted, ['Replace version 0? [y/N] ']]);
    expect(no.stderr).toContain('default changes: nothing → {"days":["Sat"]');
    const stored = await run(`policy set -f ${file} --version 0 --reason quiet`);
    expect(stored.code).toBe(EXIT.done);
    expect(stored.stdout).toMatch(/^Version\t1\nBy\talice\nAt\t.*\nReason\tquiet\n/);
    const late = await run(`policy set -f ${file} --version 0`);
    expect([late.code, late.stderr.startsWith('drydock: ')]).toEqual([EXIT.refused, true]);
    const got = await run('policy get');
    expect(got.stdout).toContain('timeBegin: 220000+0000');
    expect(got.stderr).toContain('--version 1');
    expect(await run('policy get --version 9')).toMatchObject({ code: EXIT.refused });
  });

  it('preview asks for the fleet, or for a runtime by its Shoot', async () => {
    rig.gateway.preview = {
      kind: 'fleet',
      preview: {
        ...{ runtimes: 5, groups: [], named: [] },
        withoutWindow: { 'no definition': 2, frozen: 0, 'opted out': 0 },
      },
      leftOut: {},
    };
    expect(await run('policy preview')).toMatchObject({
      code: EXIT.done,
      stderr: 'Without a window: 2 no definition\n',
    });
    const file = join(temporaryFolder(), 'freezes.json');
    const [name, reason] = ['year-end', 'Year-end closing'];
    const freeze = { name, reason, timeZone: 'Europe/Berlin' };
    const freezes = [
      { ...freeze, from: '2030-12-20', to: '2031-01-02' },
      { ...freeze, name: 'spring', from: '2031-03-01', to: '2031-03-02' },
      { ...freeze, name: 'fair', reason: 'Trade fair', from: '2030-12-01', to: '2030-12-12' },
    ];
    writeFileSync(file, JSON.stringify({ freezes }));
    const preview = {
      ...{ runtimes: 5, groups: [], named: [], touched: [3, 0, 5] },
      withoutWindow: { 'no definition': 2, frozen: 0, 'opted out': 0 },
    };
    rig.gateway.preview = { kind: 'fleet', preview, leftOut: {} };
    expect(await run(`policy preview -f ${file} --from 2030-12-10T00:00:00Z`)).toMatchObject({
      stderr: [
        'Without a window: 2 no definition',
        'Freeze fair: 2030-11-30T23:00:00Z to 2030-12-11T23:00:00Z, touches 5 of 5 runtimes: Trade fair',
        'Freeze year-end: 2030-12-19T23:00:00Z to 2031-01-01T23:00:00Z, touches 3 of 5 runtimes: Year-end closing\n',
      ].join('\n'),
    });
    rig.gateway.preview = { kind: 'unknown runtime' };
    expect(await run('policy preview --shoot c-aaa')).toMatchObject({ code: EXIT.refused });
    const [row] = await rig.repositories.operations.findMany([operationIDs[0] ?? '']);
    expect(rig.gateway.previews.at(-1)).toMatchObject({ runtimeID: row?.runtimeID });
  });
});

describe('stack', () => {
  const NAME = '/acme/jack/shop';
  beforeAll(async () => {
    await rig.repositories.stacks.add(aStack(aDefinition(NAME)));
  });

  it('list and show', async () => {
    for (const folder of ['', ' /acme', ' acme/jack/'])
      expect((await run(`stack list${folder} -o name`)).stdout).toBe(`${NAME}\n`);
    expect(await run('stack list /other')).toMatchObject({ stdout: '', stderr: 'There are no stacks.\n' });
    const shown = await run(`stack show ${NAME}`);
    expect(shown.stdout).toMatch(/^Name\t\/acme\/jack\/shop\n.*\nStatus\tstopped\n/);
    expect(shown.stdout).toContain('Oplan disks\tstopped, storage/volume\n');
    expect(await run('stack show shop')).toMatchObject({ code: EXIT.usage });
    expect(await run('stack show /acme/jack/other')).toMatchObject({ code: EXIT.refused });
  });

  it.each(['start', 'shutdown', 'restart', 'stop'] as const)('%s sends the action', async (verb) => {
    const sure = verb === 'stop' ? ' -y' : '';
    const { code } = await run(`stack ${verb} acme/jack/shop${sure}`);
    expect(code).toBe(EXIT.done);
    expect(rig.stackGateway.actions.at(-1)).toMatchObject({
      name: NAME,
      request: { action: verb.toUpperCase(), actor: SUBJECT },
    });
  });

  it('stop asks', async () => {
    const count = rig.stackGateway.actions.length;
    expect(await run(`stack stop ${NAME}`)).toMatchObject({ code: EXIT.usage });
    const no = await run(`stack stop ${NAME}`, { isTerminal: true, answers: ['no'] });
    expect(no.code).toBe(EXIT.interrupted);
    expect(rig.stackGateway.actions).toHaveLength(count);
  });

  it.each([NAME, 'acme//jack/shop/'])(
    'watch %s ends at once where nothing is under way',
    async (typedName) => {
      const { code, stdout, stderr } = await run(`stack watch ${typedName}`);
      expect([code, stderr]).toEqual([EXIT.done, `${NAME} is stopped.\n`]);
      expect(steady(stdout)).toBe(`<time>\tstanding\t${NAME}\t\tstopped\talice\t0 of 2 oplans are ready\n`);
    },
  );
});

describe('watch', () => {
  it('prints a line a change, and ends with the result', async () => {
    const { id: one, operationIDs: ids } = await aPlanOf(['c-1']);
    const [only = ''] = ids;
    let written = '';
    const watching = run(`watch ${one}`, { onOutput: (text) => (written += text) });
    await until(() => written.includes('standing'), { what: 'the first look' });
    await rig.repositories.operations.claim(only, EXECUTION, AT);
    await until(() => written.includes('c-1\tpending\tin progress'), { what: 'the first change' });
    await rig.repositories.operations.fail(only, FIRST, { code: 'UPGRADE_FAILED', message: 'no disk' }, AT);
    await rig.repositories.orchestrations.transition(one, 'failed', { ...mark, description: 'no disk' });
    const { code, stdout, stderr } = await watching;
    expect(code).toBe(EXIT.failed);
    const told = stdout.split('\n').map((line) => line.split('\t').slice(1, 5).join(' '));
    // Others may have happened so shortly before the stream that it tells of them, too.
    expect(told).toContain(`standing ${one}  in progress`);
    expect(told.slice(-4)).toEqual([
      'operation c-1 pending in progress',
      'operation c-1 in progress failed',
      'orchestration  in progress failed',
      '',
    ]);
    expect(stderr).toContain(`drydock retry ${one.slice(0, 8)}`);
  });

  it('of what has ended ends at once, with its result', async () => {
    const { id: one } = await aPlanOf([]);
    await rig.repositories.orchestrations.transition(one, 'canceling', mark);
    await rig.repositories.orchestrations.transition(one, 'canceled', mark);
    expect(await run(`watch ${one}`)).toMatchObject({ code: EXIT.canceled });
    expect(await run(`show ${one} --exit-status`)).toMatchObject({ code: EXIT.canceled });
  });

  it('shows frames in a terminal, and leaves the last one', async () => {
    const { id: one } = await aPlanOf(['c-1']);
    const interrupt = new AbortController();
    let written = '';
    const watching = run(`watch ${one}`, {
      isTerminal: true,
      interrupted: interrupt.signal,
      onOutput: (text) => (written += text),
    });
    await until(() => written.includes('Ctrl-C leaves it running'), { what: 'the first frame' });
    interrupt.abort();
    const { code, stderr } = await watching;
    expect(code).toBe(EXIT.interrupted);
    expect(written).toContain('Upgrade of kyma 2.20.5');
    expect(stderr).toMatch(/^The upgrade goes on\. `drydock watch /);
    expect((await rig.call('GET', `/orchestrations/${one}`)).body).toMatchObject({ state: 'in progress' });
  });

  it('gives up after --timeout', async () => {
    const { code, stderr } = await run(`watch ${id} --timeout 1s`);
    expect([code, stderr.startsWith('Not finished after 1 s.')]).toEqual([EXIT.timeout, true]);
    expect(await run(`watch ${id} --timeout soon`)).toMatchObject({ code: EXIT.usage });
  });

  it('looks by itself while no stream can be had', async () => {
    const { id: one } = await aPlanOf(['c-1']);
    const { repositories, logger, clock } = rig.deps;
    const streams = createEventStreams({ repositories, logger, clock, most: 0 });
    const api = await startAPI({ app: rig.with({ streams }).app, port: 0, host: '127.0.0.1' });
    try {
      let written = '';
      const watching = run(`watch ${one} --api ${api.url}`, { onOutput: (text) => (written += text) });
      await until(() => written.includes('standing'), { what: 'the first look' });
      await rig.repositories.orchestrations.transition(one, 'canceling', mark);
      await until(() => written.includes('\tcanceling\t'), { what: 'the next look' });
      await rig.repositories.orchestrations.transition(one, 'canceled', mark);
      expect(await watching).toMatchObject({ code: EXIT.canceled });
    } finally {
      await streams.close();
      await api.close();
    }
  });
});

describe('what goes wrong', () => {
  it.each([
    'lsit',
    'show',
    'show 1 2 3',
    'list --color',
    'list -o yaml',
    'list --limit -1',
    'queue front',
    'queue side x',
    'upgrade runtime',
    '--api x list',
    'list --api ftp://x',
    'list --api http://x --api http://y',
    'list -o json -o name',
    'list -o json --output json',
    'list --limit 1 --limit 2',
    `pause ${UNKNOWN_ID} --reason a --reason b`,
    `watch ${UNKNOWN_ID} --timeout 1s --timeout 2s`,
    `watch ${UNKNOWN_ID} --timeout 25d`,
    `watch ${UNKNOWN_ID} --timeout 60d`,
  ])('"%s" is no usage', async (args) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([EXIT.usage, '']);
    expect(stderr).toMatch(/^drydock: .+\n/);
  });

  it('an option that is given twice is named, and lists may be', async () => {
    expect((await run(`pause ${id} --reason a --reason b`)).stderr).toMatch(
      /^drydock: --reason may be given once\.\n/,
    );
    expect((await run('list -o json -o name')).stderr).toContain('--output may be given once.');
    expect(await run('list --state failed --state canceled')).toMatchObject({ code: EXIT.done });
  });

  it('a token that is missing or bad', async () => {
    for (const DRYDOCK_TOKEN of [undefined, '', 'nonsense']) {
      const { code, stderr } = await run('list', { env: { DRYDOCK_TOKEN } });
      expect(code).toBe(EXIT.signIn);
      expect(stderr).toMatch(/drydock login/);
      expect(stderr).not.toContain('nonsense');
    }
    expect(await run('list', { group: 'nobody' })).toMatchObject({ code: EXIT.refused });
  });

  it('a service that is away, or without its database', async () => {
    expect(await run('list --api http://127.0.0.1:9')).toMatchObject({ code: EXIT.unavailable });
    const app = rig.with({ repositories: repositoriesAway() }).app;
    const api = await startAPI({ app, port: 0, host: '127.0.0.1' });
    try {
      const { code, stderr } = await run(`list --api ${api.url}`);
      expect(code).toBe(EXIT.unavailable);
      expect(stderr).toMatch(/^drydock: .*database/i);
    } finally {
      await api.close();
    }
  });

  it('something else that answers at the address', async () => {
    const { code, stderr } = await run(`list --api ${rig.issuerURL}`);
    expect([code, stderr.startsWith('drydock: ')]).toEqual([EXIT.refused, true]);
  });
});

it('help, completion and version come without a service and without a token', async () => {
  const help = await typed(['--help']);
  expect([help.code, help.stderr]).toEqual([EXIT.done, '']);
  for (const verb of ['list', 'watch', 'upgrade', 'approve', 'policy', 'stack', 'login', 'completion'])
    expect(help.stdout).toContain(`drydock ${verb}`);
  expect((await typed(['completion'])).stdout).toContain('_drydock_yargs_completions');
  expect((await typed(['version', '-o', 'name'])).stdout).toBe('1.2.3\n');
});
