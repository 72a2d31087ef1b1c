/** Commands at a service that breaks off, hangs, or answers what a terminal must not get. */
import type { ServerResponse } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../src/cli/exit-codes.ts';
import { typed } from '../../support/command-line.ts';
import { until } from '../../support/environment.ts';
import { answerJSON, beginAnswer, playService } from '../../support/played-service.ts';

const ID = '5a45c3ad-f965-447b-8115-940e2699421d';

function orchestration(changes: object = {}): object {
  return {
    ...{ orchestrationID: ID, type: 'upgradeKyma', state: 'in progress', description: 'Scheduled' },
    ...{ waitingFor: null, workers: 5, paused: false, pauses: [] },
    progress: { done: 0, total: 1, failed: 0, inFlight: 1 },
    ...{ createdAt: '2026-11-29T01:00:00Z', updatedAt: '2026-11-29T02:11:00Z' },
    ...changes,
  };
}

const PROBLEM = { title: 'Unavailable', detail: 'The database is away' };

function event(response: ServerResponse, name: string, data: object): void {
  response.write(`event: ${name}\nid: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** Of the orchestration itself. */
function change(response: ServerResponse, toState: string): void {
  const row = { at: '2026-11-29T02:12:00Z', actor: 'drydock', kind: 'state', fromState: 'in progress' };
  event(response, 'orchestration', { change: { ...row, toState, reason: 'Done' } });
}

/** As Node does it by itself when it needs room. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

describe.concurrent('an answer that breaks off', () => {
  it('is a service that is away', async () => {
    const { env } = await playService((_, response) => {
      beginAnswer(response);
      setImmediate(() => response.destroy());
    });
    const { code, stderr } = await typed(['list'], { env });
    expect([code, stderr]).toEqual([EXIT.unavailable, expect.stringContaining('does not answer')]);
    expect(stderr).toContain('Is it running');
  });

  it('in the text of a problem is one, too', async () => {
    const { env } = await playService((_, response) => {
      response.writeHead(404, { 'content-length': '1000' }).write('{');
      setImmediate(() => response.destroy());
    });
    expect(await typed(['list'], { env })).toMatchObject({ code: EXIT.unavailable });
  });

  it('ends by Ctrl-C', async () => {
    const interrupt = new AbortController();
    const { env } = await playService((_, response) => {
      beginAnswer(response);
      setImmediate(() => interrupt.abort());
    });
    const { code, stderr } = await typed(['list'], { env, interrupted: interrupt.signal });
    expect([code, stderr]).toEqual([EXIT.interrupted, 'drydock: Interrupted.\n']);
  });

  it('is asked for again by watch', async () => {
    let looks = 0;
    const { env } = await playService((request, response) => {
      if (request.url?.startsWith('/events/')) answerJSON(response, {}, 404);
      else if (++looks === 2) {
        beginAnswer(response);
        setImmediate(() => response.destroy());
      } else answerJSON(response, orchestration({ state: looks > 2 ? 'succeeded' : 'in progress' }));
    });
    const { code, stderr } = await typed(['watch', ID], { env });
    expect([code, stderr]).toEqual([EXIT.done, expect.stringContaining('The service answers again.')]);
  });
});

describe.concurrent('watch --timeout', () => {
  it('ends where the service never answers', async () => {
    const { env } = await playService(() => undefined);
    const { code, stderr } = await typed(['watch', ID, '--timeout', '1s'], { env });
    expect([code, stderr]).toEqual([EXIT.timeout, 'drydock: The service has not answered in time.\n']);
  });

  it.each(['before', 'in'])('ends a later look that hangs %s its body', async (where) => {
    let looks = 0;
    const { env } = await playService((request, response) => {
      if (request.url?.startsWith('/events/')) answerJSON(response, {}, 404);
      else if (++looks === 1) answerJSON(response, orchestration());
      else if (where === 'in') beginAnswer(response);
    });
    const { code, stderr } = await typed(['watch', ID, '--timeout', '4s'], { env });
    expect([code, stderr]).toEqual([EXIT.timeout, expect.stringContaining('Not finished after 4 s.')]);
    expect(looks).toBe(2);
  });
});

it.concurrent(
  'a look that fails does not turn the stream off: an end that it tells is not told twice',
  async () => {
    let stream: ServerResponse | undefined;
    let looks = 0;
    let state = 'in progress';
    const { env } = await playService((request, response) => {
      if (request.url?.startsWith('/events/')) {
        stream = response.writeHead(200, { 'content-type': 'text/event-stream' });
        event(stream, 'hello', {});
      } else if (++looks === 2) answerJSON(response, PROBLEM, 503);
      else answerJSON(response, orchestration({ state }));
    });
    let said = '';
    let written = '';
    const watching = typed(['watch', ID], {
      ...{ env, onError: (text) => (said += text), onOutput: (text) => (written += text) },
    });
    await until(() => written.includes('standing'), { what: 'the first look' });
    // Looked after because something may be lost: that look fails.
    if (stream) event(stream, 'reset', {});
    await until(() => said.includes('The service answers again.'), {
      what: 'the look after the one that failed',
    });
    state = 'succeeded';
    if (stream) change(stream, state);
    const { code, stdout } = await watching;
    expect(code).toBe(EXIT.done);
    expect(whatIs(stdout)).toEqual(['standing', 'orchestration']);
  },
);

it.concurrent('Ctrl-C ends a watch at once, also when garbage was collected since it began', async () => {
  const { env } = await playService((request, response) => {
    if (!request.url?.startsWith('/events/')) answerJSON(response, orchestration());
    else event(response.writeHead(200, { 'content-type': 'text/event-stream' }), 'hello', {});
  });
  const interrupt = new AbortController();
  let written = '';
  const watching = typed(['watch', ID], {
    ...{ env, interrupted: interrupt.signal, onOutput: (text) => (written += text) },
  });
  await until(() => written.includes('standing'), { what: 'the first look' });
  collectGarbage();
  // Finalizers run in a task of their own.
  await new Promise((resolve) => setTimeout(resolve, 50));
  interrupt.abort();
  expect(await watching).toMatchObject({ code: EXIT.interrupted });
});

it.concurrent.each([['list'], ['login']])('%s follows no redirect', async (...args) => {
  const other = await playService((_, response) => answerJSON(response, {}));
  const { env } = await playService((_, response) => {
    response.writeHead(307, { location: `${other.env['DRYDOCK_API'] ?? ''}/elsewhere` }).end();
  });
  const { code, stderr } = await typed(args, { env });
  expect([code, stderr]).toEqual([EXIT.unavailable, expect.stringMatching(/leads to .*\/elsewhere/)]);
  expect(other.asked).toEqual([]);
});

/** The thing that each line tells of. */
function whatIs(stdout: string): (string | undefined)[] {
  const lines = stdout.trim().split('\n');
  return lines.map((line) => line.split('\t')[1]);
}

it.concurrent.each<[string, (stream: ServerResponse) => void, string[]]>([
  ['tells of it', (stream) => change(stream, 'succeeded'), ['standing', 'orchestration']],
  ['breaks off', (stream) => void stream.destroy(), ['standing', 'standing']],
])('an end that a look finds before the stream %s is told once', async (_, goOn, expected) => {
  let stream: ServerResponse | undefined;
  let looks = 0;
  let aheadMs = 0;
  const { env } = await playService((request, response) => {
    if (!request.url?.startsWith('/events/')) {
      const state = ++looks === 1 ? 'in progress' : 'succeeded';
      answerJSON(response, orchestration({ state }));
    } else if (stream) answerJSON(response, {}, 404);
    else event((stream = response.writeHead(200, { 'content-type': 'text/event-stream' })), 'hello', {});
  });
  let written = '';
  const watching = typed(['watch', ID], {
    ...{ env, now: () => Date.now() + aheadMs, onOutput: (text) => (written += text) },
  });
  await until(() => written.includes('standing'), { what: 'the first look' });
  // It is time for the look in spite of the stream; nothing is lost.
  aheadMs = 60_000;
  if (stream) event(stream, 'hello', { resumed: true });
  await until(() => looks === 2, { what: 'the look that finds the end' });
  if (stream) goOn(stream);
  const { code, stdout } = await watching;
  expect([code, whatIs(stdout)]).toEqual([EXIT.done, expected]);
});

describe.concurrent('an answer of another kind', () => {
  it.each(['policy get', 'stack list', 'list'])('%s says that it does not understand it', async (args) => {
    for (const text of ['<html></html>', '[]']) {
      const { env } = await playService((_, response) => response.end(text));
      const { code, stderr } = await typed(args.split(' '), { env });
      expect([code, stderr]).toEqual([EXIT.unavailable, expect.stringContaining('does not understand')]);
    }
  });
});

describe.concurrent('texts of the service', () => {
  const EVIL = 'one\u001b[2Jtwo\u009b3m\u202ethree';
  it.each<[string, object]>([
    ['list', { ...PROBLEM, detail: EVIL }],
    [
      'upgrade kyma --include all -y',
      {
        ...PROBLEM,
        errors: [
          { path: EVIL, message: EVIL },
          { path: '', message: EVIL },
        ],
      },
    ],
  ])('in a refusal of %s change nothing on the screen', async (args, problem) => {
    const { env } = await playService((_, response) => answerJSON(response, problem, 400));
    const { code, stderr } = await typed(args.split(' '), { env });
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain('one [2Jtwo 3m three');
    expect(stderr).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
  });

  it('in what is said beside an answer change nothing either', async () => {
    const paused = { by: EVIL, reason: EVIL, since: '2026-11-29T01:00:00Z' };
    const { env } = await playService((_, response) => answerJSON(response, { paused, lanes: [] }));
    const { stderr } = await typed(['queue'], { env, isTerminal: true });
    expect(stderr).toContain('one [2Jtwo 3m three');
    expect(stderr).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
  });

  it('in the sentences of why change nothing either', async () => {
    const { env } = await playService((request, response) => {
      const target = request.url ?? '';
      if (target.includes('/excluded')) {
        const one = { shootName: 'c-1', reason: 'optOut', message: EVIL };
        answerJSON(response, { data: [one], totalCount: 1 });
      } else if (target.startsWith('/orchestrations')) {
        answerJSON(response, { data: [orchestration({ type: EVIL })], totalCount: 1 });
      } else answerJSON(response, { data: [], totalCount: 0 });
    });
    const { code, stdout } = await typed(['why', 'c-1'], { env, isTerminal: true });
    expect(code).toBe(EXIT.done);
    expect(stdout.split('\n')).toHaveLength(3);
    expect(stdout).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
  });
});

describe.concurrent('retry', () => {
  it('sends as many operations as a request may have', async () => {
    const sizes: number[] = [];
    const count = 10_001;
    const ids = Array.from(
      { length: count },
      (_, at) => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
    );
    const { env } = await playService((request, response) => {
      const url = new URL(request.url ?? '', 'http://service');
      if (request.method === 'GET') {
        const from = (Number(url.searchParams.get('page')) - 1) * 100;
        const data = ids.slice(from, from + 100).map((operationID) => ({ operationID }));
        answerJSON(response, { data, totalCount: count });
        return;
      }
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
      request.on('end', () => {
        const retried = new URLSearchParams(body).getAll('operation-id');
        sizes.push(retried.length);
        const lists = { retryOperations: retried, oldOperations: null, invalidOperations: null };
        answerJSON(response, { orchestrationID: ID, ...lists, msg: `Queued ${retried.length}` });
      });
    });
    const some = await typed(['retry', ID, '--cause', 'c', '-o', 'json'], { env });
    expect(some.code).toBe(EXIT.done);
    expect(sizes).toEqual([10_000, 1]);
    expect(JSON.parse(some.stdout)).toMatchObject({ retryOperations: ids, msg: 'Queued 10000; Queued 1' });
    sizes.length = 0;
    expect(await typed(['retry', ID], { env })).toMatchObject({ code: EXIT.done });
    expect(sizes).toEqual([0]);
  });
});

describe.concurrent('webhook add', () => {
  /** Answers the last one of so many requests. */
  const play = async (answered: number) => {
    const sent: { key: unknown; body: string }[] = [];
    const played = await playService((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
      request.on('end', () => {
        sent.push({ key: request.headers['idempotency-key'], body });
        if (sent.length < answered) response.destroy();
        else {
          const texts = { url: 'https://hooks.example.com/', description: '', createdBy: 'alice' };
          const row = {
            webhookID: ID,
            ...texts,
            events: [],
            enabled: true,
            createdAt: '2026-11-29T01:00:00Z',
          };
          answerJSON(response, row);
        }
      });
    });
    const run = () => typed(['webhook', 'add', 'https://hooks.example.com/'], { env: played.env });
    return { sent, run };
  };

  it('sends a request whose answer was lost again, the same under the same key, and shows its secret', async () => {
    const { sent, run } = await play(2);
    const { code, stdout } = await run();
    const { secret } = JSON.parse(sent[0]?.body ?? '') as { secret: string };
    expect([code, stdout]).toEqual([EXIT.done, expect.stringContaining(`Secret\t${secret}\n`)]);
    expect(sent).toEqual([sent[0], sent[0]]);
    expect(sent[0]?.key).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('says what it may mean that every answer was lost', async () => {
    const { sent, run } = await play(4);
    const { code, stderr } = await run();
    expect([code, stderr]).toEqual([
      EXIT.unavailable,
      expect.stringContaining('It may have been added all the same'),
    ]);
    expect(sent).toHaveLength(3);
  });
});

describe.concurrent('upgrade', () => {
  it('says what it may mean that every answer was lost', async () => {
    const { env, asked } = await playService((_, response) => response.destroy());
    const { code, stderr } = await typed(['upgrade', 'kyma', '--include', 'all', '-y'], { env });
    expect([code, stderr]).toEqual([
      EXIT.unavailable,
      expect.stringContaining('It may have begun all the same'),
    ]);
    expect(asked).toEqual(['POST /upgrade/kyma', 'POST /upgrade/kyma', 'POST /upgrade/kyma']);
  });
});
