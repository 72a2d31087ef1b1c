/** The service's event stream, followed over its breaks: whoever comes back is told what came meanwhile. */
import { createParser } from 'eventsource-parser';
import type { ApiClient, Query } from '../api-client.ts';
import { CommandError } from '../exit-codes.ts';
import { pause } from './bell.ts';

/** The service says something every 15 seconds. */
const SILENCE_MS = 40_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

export interface StreamEvent {
  event: string;
  data: unknown;
}

interface StreamOptions {
  api: ApiClient;
  /** The orchestration or stack to be told of. */
  query: Query;
  signal: AbortSignal;
  /** Each event once, also over breaks, but for what is lost before a `reset`. */
  onEvent: (event: StreamEvent) => void;
  /** Whether events come at the moment: while they don't, look for yourself. */
  onLive: (isLive: boolean) => void;
}

/** Ends when the signal says so. Rejects only when the service refuses for good. */
export async function followStream(options: StreamOptions): Promise<void> {
  const { signal, onLive } = options;
  let lastID: string | undefined;
  let pauseMs = FIRST_PAUSE_MS;
  const isStopped = (): boolean => signal.aborted;
  while (!isStopped()) {
    try {
      await readOnce(options, lastID, (id) => {
        lastID = id;
        pauseMs = FIRST_PAUSE_MS;
      });
    } catch (error) {
      if (isStopped()) return;
      if (!isPassing(error)) throw error;
    }
    onLive(false);
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

/** A break, or a service that can't be asked at the moment; one that is behind a proxy without streams counts, too. */
function isPassing(error: unknown): boolean {
  return !(error instanceof CommandError) || !['signIn', 'interrupted'].includes(error.ending);
}

async function readOnce(
  { api, query, signal, onEvent, onLive }: StreamOptions,
  lastID: string | undefined,
  onID: (id: string) => void,
): Promise<void> {
  const silent = new AbortController();
  const either = AbortSignal.any([signal, silent.signal]);
  let timer = setTimeout(() => silent.abort(), SILENCE_MS);
  try {
    const answer = await api.send('/events/stream', {
      query,
      headers: {
        accept: 'text/event-stream',
        ...(lastID === undefined ? {} : { 'last-event-id': lastID }),
      },
      signal: either,
    });
    if (!answer.body || !answer.headers.get('content-type')?.startsWith('text/event-stream')) {
      await answer.body?.cancel();
      return;
    }
    const parser = createParser({
      onEvent: ({ event = 'message', id, data }) => {
        // An event whose handling fails comes again.
        if (event === 'hello') onLive(true);
        onEvent({ event, data: JSON.parse(data) as unknown });
        if (id !== undefined) onID(id);
      },
    });
    const decoder = new TextDecoder();
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      clearTimeout(timer);
      timer = setTimeout(() => silent.abort(), SILENCE_MS);
      parser.feed(decoder.decode(chunk, { stream: true }));
    }
  } finally {
    clearTimeout(timer);
  }
}
