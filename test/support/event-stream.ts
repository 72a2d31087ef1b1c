/** A client of the event stream: a strict reader of server-sent events, which comes back by the last ID that it has got. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { until } from './environment.ts';

/** One event as it came. */
export interface StreamMessage {
  event: string;
  id: string;
  data: unknown;
}

const changeSchema = z.looseObject({ eventID: z.int(), operationID: z.uuid().nullable().optional() });
const operationsSchema = z.strictObject({
  operations: z.array(z.strictObject({ changes: z.array(changeSchema), operation: z.unknown() })),
});

/** The changes that a message tells of, in their order. */
export function changesIn({ event, data }: StreamMessage): z.infer<typeof changeSchema>[] {
  if (event === 'operation') return operationsSchema.parse(data).operations.flatMap(({ changes }) => changes);
  if (['hello', 'reset', 'bye', 'queue', 'policy'].includes(event)) return [];
  return [z.looseObject({ change: changeSchema }).parse(data).change];
}

export interface StreamClientOptions {
  url: string;
  /** In place of a token: the header of that name. */
  cookie?: string;
  token?: string;
  /** Query with its question mark. */
  query?: string;
}

export class StreamClient {
  readonly messages: StreamMessage[] = [];
  /** Comments and IDs without data are counted. */
  comments = 0;
  lastID: string | undefined;
  retryMs: number | undefined;
  /** It breaks off right after so many messages, and loses what has come with the last one. */
  breakAt = Infinity;
  private connection: IncomingMessage | undefined;

  constructor(private readonly options: StreamClientOptions) {}

  /** Answers the status; reads on by itself when it is 200. Rejects when nobody listens. */
  async connect(): Promise<number> {
    const { url, token, cookie, query = '' } = this.options;
    const lastID = this.lastID === undefined ? undefined : { 'last-event-id': this.lastID };
    const request = get(`${url}/events/stream${query}`, {
      headers: { ...(cookie === undefined ? { authorization: `Bearer ${token}` } : { cookie }), ...lastID },
      // A connection of its own, which nothing else uses afterwards.
      agent: false,
    });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    if (response.statusCode === 200) this.read(response);
    else response.destroy();
    return response.statusCode ?? 0;
  }

  get isConnected(): boolean {
    return this.connection !== undefined;
  }

  /** Breaks the connection off, in the middle of whatever comes. */
  async disconnect(): Promise<void> {
    this.connection?.destroy();
    this.connection = undefined;
    return Promise.resolve();
  }

  named(event: string): StreamMessage[] {
    return this.messages.filter((message) => message.event === event);
  }

  async receives(event: string, count = 1): Promise<StreamMessage> {
    await until(() => this.named(event).length >= count, { what: `event ${event} number ${count}` });
    return this.named(event).at(-1) as StreamMessage;
  }

  /** The stream was ended by the other side. */
  async ended(): Promise<void> {
    await until(() => !this.isConnected, { what: 'the stream ends' });
  }

  private read(response: IncomingMessage): void {
    this.connection = response;
    const end = (): void => {
      if (this.connection === response) this.connection = undefined;
    };
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (piece: string) => {
      text += piece;
      for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n')) {
        // Messages that have come with the last one are lost.
        if (this.connection !== response) return;
        this.take(text.slice(0, at));
        text = text.slice(at + 2);
        if (this.messages.length >= this.breakAt) void this.disconnect();
      }
    });
    response.on('close', end);
    // A service that is killed ends its connections like that.
    response.on('error', end);
  }

  /** HTML Living Standard, section 9.2.6, as far as this stream makes use of it; anything else is a fault. */
  private take(block: string): void {
    const message = { event: '', id: '', data: '' };
    for (const line of block.split('\n')) {
      const [, field = '', value = ''] = /^(\w*): (.*)$/.exec(line) ?? [];
      if (field === 'event' || field === 'id' || field === 'data') message[field] = value;
      else if (field === 'retry') this.retryMs = Number(value);
      else if (line.startsWith(': ')) this.comments += 1;
      else throw new Error(`Not a line of an event stream: ${JSON.stringify(line)}`);
    }
    if (message.id !== '') this.lastID = message.id;
    if (message.data === '') return;
    this.messages.push({ ...message, data: JSON.parse(message.data) as unknown });
  }
}

/** Comes back whenever the connection breaks, and breaks it itself after one to `most` messages, until `isDone`. Answers how often. */
export async function comeAndGo(
  client: StreamClient,
  { most, roll, isDone }: { most: number; roll: (limit: number) => number; isDone: () => boolean },
): Promise<number> {
  let times = 0;
  const connected = async (): Promise<boolean> => {
    try {
      return (await client.connect()) === 200;
    } catch (error) {
      // Nobody listens while the service is started anew.
      if (error instanceof Error && 'code' in error && /^ECONN/.test(String(error.code))) return false;
      throw error;
    }
  };
  while (!isDone()) {
    await until(async () => isDone() || (await connected()), { what: 'the stream can be opened' });
    client.breakAt = client.messages.length + 1 + roll(most);
    await until(() => isDone() || !client.isConnected, {
      what: 'the connection is broken off',
      limitMs: 300_000,
    });
    times += 1;
  }
  await client.disconnect();
  return times;
}

/** Faults of the changes that a client has got, by the log of events, oldest first; nothing when it got each once, those of an operation in order. */
export function faultsOf(
  client: StreamClient,
  log: readonly { eventID: number; operationID: string | null }[],
): string[] {
  const seen = client.messages.flatMap(changesIn);
  const times = new Map<number, number>();
  for (const { eventID } of seen) times.set(eventID, (times.get(eventID) ?? 0) + 1);
  const last = new Map<string, number>();
  return [
    ...client.named('reset').map(({ data }) => `reset ${JSON.stringify(data)}`),
    ...log.flatMap(({ eventID }) => (times.has(eventID) ? [] : [`${eventID} is lost`])),
    ...[...times].flatMap(([eventID, count]) => (count > 1 ? [`${eventID} came ${count} times`] : [])),
    ...seen.flatMap(({ eventID, operationID }) => {
      const before = last.get(operationID ?? '') ?? 0;
      last.set(operationID ?? '', eventID);
      return before > eventID
        ? [`${eventID} came after ${before}, of ${operationID ?? 'the orchestration'}`]
        : [];
    }),
  ];
}
