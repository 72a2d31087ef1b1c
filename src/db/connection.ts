import { DrizzleQueryError } from 'drizzle-orm';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { UnavailableError } from '../domain/errors.ts';
import { announcing, CHANNEL } from './announcing.ts';
import * as schema from './schema/index.ts';

export type Drizzle = PostgresJsDatabase<typeof schema>;

/** The pool, or a transaction on one of its connections. */
export type Statements = Pick<Drizzle, 'execute' | 'select' | 'insert' | 'update'>;

/** A pool of connections. A database that goes away and comes back is connected to again without further ado. */
export interface Database {
  /**
   * Runs statements. Throws UnavailableError('database') when the database does not answer (within `limitMs`, default
   * 20,000), and the database's own error, without statement and parameters, when it refuses.
   */
  run<T>(work: (db: Drizzle) => Promise<T>, limitMs?: number): Promise<T>;
  /** The same for what may log a change: whoever listens is told when it is committed, after it, and never in its transaction. */
  write<T>(work: (db: Drizzle) => Promise<T>, limitMs?: number): Promise<T>;
  /**
   * Calls `onNews` soon after something was written, over a connection of its own. Answers when it listens; `onLost` is called when it does not
   * any more. It is no promise that news come: look now and then.
   */
  listen(onNews: () => void, onLost: () => void): Promise<Listening>;
  close(): Promise<void>;
}

/** A connection that listens, until it is closed. */
export interface Listening {
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Connections at the most, default 10. */
  max?: number;
  /** Shown in pg_stat_activity, default `drydock`. */
  applicationName?: string;
  /** Hears why listeners could not be told of something that was written. */
  onUntold?: (error: unknown) => void;
}

const LIMIT_MS = 20_000;
/** For what tells of news, or listens: without it the next look finds them. */
const NEWS_LIMIT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 120_000;

/** Opens a pool; connects on first use. */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const { applicationName = 'drydock', max = 10, onUntold = () => undefined } = options;
  const client = postgres(url, {
    max,
    connect_timeout: 5,
    idle_timeout: 60,
    // postgres.js waits longer from one vain attempt to the next, up to many seconds, unless told otherwise.
    backoff: () => 0.3,
    onnotice: () => undefined,
    connection: {
      application_name: applicationName,
      TimeZone: 'UTC',
      statement_timeout: STATEMENT_TIMEOUT_MS,
    },
  });
  const { announce, end } = announcing(() => within(NEWS_LIMIT_MS, client.notify(CHANNEL, '')), onUntold);
  prepareStatements(client);
  aroundTransactions(client, async (sql, work) => {
    prepareStatements(sql);
    return await leftWhenLost(work(sql));
  });
  const db = drizzle(client, { schema });
  const run: Database['run'] = async (work, limitMs = LIMIT_MS) => {
    try {
      return await within(limitMs, work(db));
    } catch (error) {
      throw translate(error);
    }
  };
  return {
    run,
    write: async (work, limitMs) => {
      const answer = await run(work, limitMs);
      announce();
      return answer;
    },
    listen: (onNews, onLost) => listen(url, applicationName, onNews, onLost),
    close: () => {
      end();
      return client.end({ timeout: 5 });
    },
  };
}

/** postgres.js listens too, but does not notice when it can't do so again after its connection was lost. */
async function listen(
  url: string,
  applicationName: string,
  onNews: () => void,
  onLost: () => void,
): Promise<Listening> {
  // The types lack `onnotify`, by which its own `listen` hears.
  const hearing = { onnotify: onNews };
  const client = postgres(url, {
    ...hearing,
    max: 1,
    connect_timeout: 5,
    max_lifetime: null,
    fetch_types: false,
    onnotice: () => undefined,
    onclose: onLost,
    connection: { application_name: `${applicationName} listener` },
  });
  try {
    await within(NEWS_LIMIT_MS, client.unsafe(`listen ${CHANNEL}`));
  } catch (error) {
    await client.end({ timeout: 0 });
    throw translate(error);
  }
  return { close: () => client.end({ timeout: 1 }) };
}

/** Statements with more parameters write many rows at once: each number of rows has a text of its own, and a connection would keep them all. */
const MOST_PREPARED_PARAMETERS = 100;

/**
 * Drizzle asks for statements without a name, which are parsed and planned each time, in two round trips. With a name each connection does that
 * once for a text. `?prepare=false` in the URL switches it off, for a pooler that can't have it.
 */
function prepareStatements(sql: Pick<postgres.Sql, 'unsafe'>): void {
  const unsafe = sql.unsafe.bind(sql);
  sql.unsafe = (text, parameters = [], options = {}) =>
    unsafe(text, parameters, {
      ...options,
      prepare: parameters.length <= MOST_PREPARED_PARAMETERS,
    });
}

type TransactionWork = (sql: postgres.TransactionSql) => Promise<unknown>;

/** Has every transaction of the client run by `around`. */
function aroundTransactions(
  client: postgres.Sql,
  around: (sql: postgres.TransactionSql, work: TransactionWork) => Promise<unknown>,
): void {
  const begin = client.begin.bind(client) as (options: string, work: TransactionWork) => Promise<unknown>;
  const wrapped = (...given: [unknown, unknown?]): Promise<unknown> => {
    const [options, work] = given.length === 1 ? ['', given[0]] : given;
    return begin(options as string, (sql) => around(sql, work as TransactionWork));
  };
  client.begin = wrapped as typeof client.begin;
}

/**
 * When a statement of a transaction fails because its connection is lost, postgres.js sends a rollback over it, which throws where nobody
 * can catch it and ends the process (porsager/postgres#1208). So it never hears of that failure: it ends the transaction when the
 * connection has closed, which always follows. Later a rollback would hit what the connection is used for by then.
 */
async function leftWhenLost(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    if (isConnectionLost(error)) return await new Promise<never>(() => undefined);
    throw error;
  }
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(new UnavailableError('database', `The database did not answer within ${limitMs / 1000} s`)),
      limitMs,
    );
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Codes of postgres.js and of the operating system for a connection that can't be made or was lost. */
const CONNECTION_LOST =
  /^(CONNECTION_(CLOSED|ENDED|DESTROYED)|CONNECT_TIMEOUT|E(CONNREFUSED|CONNRESET|PIPE|NOTFOUND|TIMEDOUT|AI_AGAIN|HOSTUNREACH|NETUNREACH))$/;
/**
 * SQLSTATEs: connection exceptions, too many connections, shutting down or starting, deadlocks and the like,
 * read-only (a standby).
 */
const TRY_AGAIN = /^(08...|53...|57P0[123]|57014|40001|40P01|55P03|25006)$/;

function isConnectionLost(error: unknown): boolean {
  const cause = causeOf(error);
  // After these the server closes the connection.
  const isClosing = cause instanceof postgres.PostgresError && /^(FATAL|PANIC)$/.test(cause.severity);
  return isClosing || CONNECTION_LOST.test(codeOf(cause));
}

/** Drizzle's own error repeats the statement and its parameters: those belong into no log and no workflow history. */
function causeOf(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? (error.cause ?? new Error('A statement failed')) : error;
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}

function translate(error: unknown): unknown {
  const cause = causeOf(error);
  const code = codeOf(cause);
  if (CONNECTION_LOST.test(code) || TRY_AGAIN.test(code)) {
    return new UnavailableError('database', `The database does not answer (${code})`, { cause });
  }
  if (!(cause instanceof postgres.PostgresError)) return cause;
  // postgres.js sends the statement anew, which is of no use in a transaction: the server has given that up.
  if (cause.routine === 'RevalidateCachedQuery') {
    return new UnavailableError('database', 'A table has changed; the statement is prepared anew', { cause });
  }
  return new DatabaseError(cause.message, cause.code, cause.constraint_name);
}

/** The database refused a statement. Nothing that a caller could do mends that: it is a defect, or a broken database. */
export class DatabaseError extends Error {
  constructor(
    message: string,
    /** SQLSTATE. */
    readonly code: string,
    readonly constraint: string | undefined,
  ) {
    super(`The database refused a statement: ${message} (SQLSTATE ${code})`);
    this.name = 'DatabaseError';
  }
}

/** SQLSTATE classes: cardinality violation, data exception, integrity constraint violation, program limit exceeded. */
const REFUSED_FOR_GOOD = /^(2[123]|54)/;

/**
 * True for a statement that PostgreSQL refuses because of what is in it. The same one again is refused again, unless others
 * change the rows that it collides with.
 */
export function isRefusedByDatabase(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && REFUSED_FOR_GOOD.test(error.code);
}
