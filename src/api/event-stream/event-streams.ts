/** All open event streams of a process. */
import type { Logger } from 'pino';
import type { Repositories } from '../../db/repositories/repository-types.ts';
import type { StreamFilter } from '../../domain/event-stream/logged-change.ts';
import { readEventID } from '../../domain/event-stream/position.ts';
import { ProblemError } from '../problem.ts';
import { forReading } from '../time-limit.ts';
import { createChangeFeed, type FeedOptions } from './change-feed.ts';
import { createClientStream, type ClientStream } from './client-stream.ts';

export interface StreamRequest {
  filter: StreamFilter;
  /** As the client sends it; anything. */
  lastEventID?: string;
  /** ms since the epoch. */
  expiresAt: number;
  /** Cuts the connection, for a client that takes nothing. */
  cut?(): void;
}

export interface EventStreams {
  /** Throws ProblemError too-many-streams while no more can be opened: before anything is read for one. */
  demandRoom(): void;
  /** Throws ProblemError too-many-streams and UnavailableError. */
  open(request: StreamRequest): Promise<ReadableStream<Uint8Array>>;
  /** Ends all of them, each with `bye`, and lets no more be opened. */
  close(): Promise<void>;
  readonly count: number;
}

export interface EventStreamsOptions extends Pick<FeedOptions, 'capacity' | 'pageSize' | 'pollMs'> {
  repositories: Repositories;
  logger: Logger;
  clock(): number;
  /** ms of a clock that never goes back, by default that of the process. */
  elapsed?(): number;
  /** Streams at the most, default 200. */
  most?: number;
}

const MOST_STREAMS = 200;
const RETRY_AFTER_SECONDS = '10';
const TICK_MS = 1_000;
/** Clients that were ended together come back spread over some seconds. */
const RETRY_MS = { least: 1_000, step: 137, spread: 4_000 };
/** A client that does not take its `bye` in that time gets none. */
const BYE_LIMIT_MS = 1_000;

export function createEventStreams(options: EventStreamsOptions): EventStreams {
  const { logger, clock, elapsed = () => performance.now(), most = MOST_STREAMS } = options;
  const feed = createChangeFeed({ ...options, repositories: forReading(options.repositories) });
  const clients = new Set<ClientStream>();
  let opening = 0;
  let opened = 0;
  let isClosed = false;
  let onEmpty = (): void => undefined;
  const ticking = setInterval(() => {
    for (const client of [...clients]) client.tick();
  }, TICK_MS);
  ticking.unref();

  function demandRoom(): void {
    if (!isClosed && clients.size + opening < most) return;
    const why = isClosed ? 'The service is shutting down' : `${most} event streams are open`;
    // A client that asks again over the same connection would keep the server from closing.
    const connection = isClosed ? { Connection: 'close' } : undefined;
    throw new ProblemError('too-many-streams', `${why}; try again in ${RETRY_AFTER_SECONDS} seconds`, {
      headers: { 'Retry-After': RETRY_AFTER_SECONDS, ...connection },
    });
  }

  function add(request: StreamRequest, joined: Awaited<ReturnType<typeof feed.join>>): ClientStream {
    opened += 1;
    const client: ClientStream = createClientStream({
      ...{ feed, filter: request.filter, joined, expiresAt: request.expiresAt, clock, elapsed },
      cut: request.cut,
      isResumed: request.lastEventID !== undefined,
      retryMs: RETRY_MS.least + ((opened * RETRY_MS.step) % RETRY_MS.spread),
      onEnd: () => {
        clients.delete(client);
        feed.leave();
        if (clients.size === 0) onEmpty();
      },
    });
    clients.add(client);
    if (isClosed) client.end('shutting-down');
    return client;
  }

  return {
    demandRoom,
    open: async (request) => {
      demandRoom();
      opening += 1;
      try {
        const { lastEventID } = request;
        const after = lastEventID === undefined ? undefined : (readEventID(lastEventID) ?? 'unknown');
        return add(request, await feed.join(after)).body;
      } catch (error) {
        feed.leave();
        throw error;
      } finally {
        opening -= 1;
      }
    },
    close: async () => {
      isClosed = true;
      clearInterval(ticking);
      for (const client of [...clients]) client.end('shutting-down');
      if (clients.size > 0) {
        await new Promise<void>((resolve) => {
          const limit = setTimeout(resolve, BYE_LIMIT_MS);
          onEmpty = () => {
            clearTimeout(limit);
            resolve();
          };
        });
      }
      if (clients.size > 0) logger.info({ clients: clients.size }, 'event streams are cut off');
      await feed.close();
    },
    get count() {
      return clients.size;
    },
  };
}
