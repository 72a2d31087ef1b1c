import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChangeFeed, Joined } from '../../../src/api/event-stream/change-feed.ts';
import { createClientStream, type ClientStream } from '../../../src/api/event-stream/client-stream.ts';
import type { StreamedChange } from '../../../src/api/event-stream/message-text.ts';
import { BEGINNING, readEventID, type Position } from '../../../src/domain/event-stream/position.ts';
import { createRing, type Ring } from '../../../src/domain/event-stream/ring.ts';
import { place } from '../domain/event-stream/places.ts';
import { streamed, upTo } from './changes.ts';

const CAPACITY = 10_000;

let ring: Ring<StreamedChange>;
let restarts: number;
let listeners: Set<() => void>;
let nowMs: number;
let wallMs: number;
let ended: number;
let stateOf: ChangeFeed['stateOf'];

beforeEach(() => {
  ring = createRing<StreamedChange>(CAPACITY, BEGINNING);
  listeners = new Set();
  stateOf = () => 'null';
  [restarts, nowMs, wallMs, ended] = [0, 0, Date.UTC(2026, 0, 1), 0];
});

function append(...numbers: number[]): void {
  ring.append(streamed(...numbers));
  for (const tell of [...listeners]) tell();
}

const feed: ChangeFeed = {
  join: () => Promise.reject(new Error('it has joined')),
  leave: () => undefined,
  onMore: (listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  get ring() {
    return ring;
  },
  get restarts() {
    return restarts;
  },
  stateOf: (subject) => stateOf(subject),
  close: () => Promise.resolve(),
};

interface Message {
  event: string;
  /** Undefined when it leaves the client's ID as it is. */
  id: Position | undefined;
  data: unknown;
}

class Client {
  readonly stream: ClientStream;
  readonly cuts: number[] = [];
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(joined: Joined = { next: ring.end }, isResumed = false, cut?: () => void) {
    this.stream = createClientStream({
      ...{ feed, filter: {}, joined, isResumed, retryMs: 1_000, clock: () => wallMs, elapsed: () => nowMs },
      ...{ expiresAt: wallMs + 600_000, cut, onEnd: () => (ended += 1) },
    });
    this.reader = this.stream.body.getReader();
  }

  /** The messages of the next piece; none at the end. */
  async takes(): Promise<Message[]> {
    const { value } = await this.reader.read();
    return new TextDecoder()
      .decode(value)
      .split('\n\n')
      .filter((block) => block !== '')
      .map((block) => {
        const [, event = ''] = /^event: (.*)$/m.exec(block) ?? [];
        const [, id] = /^id: (.*)$/m.exec(block) ?? [];
        const [, data = 'null'] = /^data: (.*)$/m.exec(block) ?? [];
        return {
          event,
          id: id === undefined ? undefined : readEventID(id),
          data: JSON.parse(data) as unknown,
        };
      });
  }
}

const namesOf = (messages: readonly Message[]): string[] => messages.map(({ event }) => event);

describe('the ID of a message never stands for more than the client was told', () => {
  it('bye of a client that the ring has left behind comes after reset', async () => {
    append(1, 2, 3);
    const client = new Client();
    expect(await client.takes()).toMatchObject([{ event: 'hello', id: place(3, 3) }]);
    append(...upTo(CAPACITY + 40, 4));
    client.stream.end('token-expired');
    const messages = await client.takes();
    expect(namesOf(messages)).toEqual(['reset', 'bye']);
    expect(messages[0]).toMatchObject({ data: { reason: 'too-slow' } });
  });

  it('so does bye after the database was set back', async () => {
    append(1, 2, 3);
    const client = new Client();
    await client.takes();
    ring.restart(place(2, 2));
    restarts += 1;
    client.stream.end('shutting-down');
    const messages = await client.takes();
    expect(namesOf(messages)).toEqual(['reset', 'bye']);
    expect(messages.map(({ id }) => id)).toEqual([place(2, 2), place(2, 2)]);
  });

  it('bye of one that has everything up to its place carries that', async () => {
    append(1, 2, 3);
    const client = new Client({ next: 1 }, true);
    await client.takes();
    client.stream.end('token-expired');
    expect(await client.takes()).toMatchObject([{ event: 'bye', id: place(3, 3) }]);
    expect(await client.takes()).toEqual([]);
    expect(ended).toBe(1);
  });

  it('hello has none before a reset', async () => {
    append(1, 2, 3);
    const client = new Client({ next: ring.end, reset: 'too-far-behind' }, true);
    expect(await client.takes()).toMatchObject([
      { event: 'hello', id: undefined, data: { resumed: false } },
      { event: 'reset', id: place(3, 3), data: { reason: 'too-far-behind' } },
    ]);
  });

  it('not even when the ring rolls on before the greeting is taken', async () => {
    append(1, 2, 3);
    const client = new Client({ next: 1 }, true);
    append(...upTo(CAPACITY + 40, 4));
    const messages = await client.takes();
    expect(namesOf(messages)).toEqual(['hello', 'reset']);
    expect(messages[0]).toMatchObject({ id: undefined, data: { resumed: false } });
  });

  it('nor when it ends before that', async () => {
    append(1, 2, 3);
    const client = new Client({ next: ring.end, reset: 'unknown-id' }, true);
    client.stream.end('shutting-down');
    const messages = await client.takes();
    expect(namesOf(messages)).toEqual(['hello', 'reset', 'bye']);
    expect(messages.map(({ id }) => id)).toEqual([undefined, place(3, 3), place(3, 3)]);
  });
});

describe('a slow line', () => {
  it('may take as long as it needs for what was far behind when it resumed', async () => {
    append(...upTo(9_000));
    const client = new Client({ next: 0 }, true);
    const names = new Set(namesOf(await client.takes()));
    for (let piece = 1; piece < 36; piece += 1) {
      nowMs += 3_000;
      for (const name of namesOf(await client.takes())) names.add(name);
    }
    expect([...names]).toEqual(['hello', 'orchestration']);
    client.stream.end('shutting-down');
    expect(await client.takes()).toMatchObject([{ event: 'bye', id: place(9_000, 9_000) }]);
  });

  it('is told to read everything anew when more comes than it takes', async () => {
    const client = new Client();
    await client.takes();
    nowMs += 3_000;
    append(...upTo(1_001));
    expect(await client.takes()).toMatchObject([{ event: 'reset', data: { reason: 'too-slow' } }]);
  });

  it('is not that of a client that has waited for an hour, whatever comes then', async () => {
    const client = new Client();
    await client.takes();
    const next = client.takes();
    await nextTurn();
    nowMs += 3_600_000;
    append(...upTo(5_000));
    expect(new Set(namesOf(await next))).toEqual(new Set(['orchestration']));
  });
});

it('that cannot be told of something has no place any more', async () => {
  const client = new Client();
  await client.takes();
  stateOf = () => {
    throw new Error('there is no telling');
  };
  append(1);
  await expect(client.takes()).rejects.toThrow('there is no telling');
  expect([ended, listeners.size]).toEqual([1, 0]);
});

describe('time', () => {
  it('cuts the connection of a client that takes nothing for a minute', async () => {
    let cuts = 0;
    const client = new Client(undefined, false, () => (cuts += 1));
    await client.takes();
    nowMs += 59_999;
    client.stream.tick();
    expect([cuts, ended]).toEqual([0, 0]);
    nowMs += 1;
    client.stream.tick();
    expect([cuts, ended]).toEqual([1, 1]);
  });

  it('fails the body where there is no connection to be cut', async () => {
    const client = new Client();
    await client.takes();
    nowMs += 60_000;
    client.stream.tick();
    await expect(client.takes()).rejects.toThrow('has taken nothing for 60 s');
  });

  it('leaves alone who waits for more, but for a comment each 15 s that says how far it is', async () => {
    const client = new Client();
    await client.takes();
    append(1);
    await client.takes();
    const comment = client.takes();
    await nextTurn();
    nowMs += 15_000;
    client.stream.tick();
    expect(await comment).toEqual([{ event: '', id: place(1, 1), data: null }]);
    expect(ended).toBe(0);
  });

  it('of the wall clock ends a stream with its token, and nothing else', async () => {
    const client = new Client();
    await client.takes();
    wallMs += 599_999;
    client.stream.tick();
    const last = client.takes();
    append(1);
    expect(namesOf(await last)).toEqual(['orchestration']);
    wallMs += 1;
    client.stream.tick();
    expect(await client.takes()).toMatchObject([{ event: 'bye', data: { reason: 'token-expired' } }]);
  });
});
