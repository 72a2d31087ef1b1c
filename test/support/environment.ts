/**
 * Parts that tests of several rooms need: a namespace, a database, a connection, a folder, a port, and waiting for a
 * condition.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import getPort from 'get-port';
import postgres from 'postgres';
import { inject } from 'vitest';
import { retriesUntilClosed } from '../../src/clients/grpc-retries.ts';
import { atEndOfFile } from './endings.ts';
import { type DatabaseServer, type NamespaceKind, TEMPLATE_DATABASE, type TestServers } from './servers.ts';

export { atEndOfFile };

/** The servers of this run; for test files of the project `engine`, see vitest.config.ts. */
export function servers(): TestServers {
  const engine = inject('engine');
  if (!engine)
    throw new Error('No engine runs here: a test that needs it stands in a folder of the project engine');
  return { ...databaseServer(), ...engine };
}

function databaseServer(): DatabaseServer {
  const database = inject('database');
  if (!database)
    throw new Error('Nothing runs here: a test that needs a database or a folder is no pure one');
  return database;
}

/** A Temporal namespace that nothing else in this run uses or has used; `temporalOf` says where it is. */
export function leaseNamespace(kind: NamespaceKind = 'workflows'): string {
  const { folder, temporal } = servers();
  const { namespaces } = temporal[kind];
  for (const namespace of namespaces) {
    try {
      // mkdir is atomic: of two test files that ask at once, one gets it.
      mkdirSync(join(folder, 'leases', namespace));
      return namespace;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
  throw new Error(
    `All ${namespaces.length} namespaces for ${kind} are in use: raise the number in test/support/engine-setup.ts`,
  );
}

/** host:port of the Temporal server that has this namespace. */
export function temporalOf(namespace: string): string {
  const { workflows, schedules } = servers().temporal;
  return (schedules.namespaces.includes(namespace) ? schedules : workflows).address;
}

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** A fresh, migrated database; dropped at the end of the test file at the latest. */
export async function createDatabase(): Promise<TestDatabase> {
  return await createFrom(TEMPLATE_DATABASE);
}

/** Likewise, without any tables. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return await createFrom('template0');
}

async function createFrom(template: string): Promise<TestDatabase> {
  const { postgresURL } = databaseServer();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(async (sql) => {
    await sql`create database ${sql(name)} template ${sql(template)}`;
  });
  const drop = (): Promise<void> =>
    administer(async (sql) => {
      await sql`drop database if exists ${sql(name)} with (force)`;
    });
  atEndOfFile(drop);
  const url = new URL(postgresURL);
  url.pathname = name;
  return { url: url.href, drop };
}

let administrator: postgres.Sql | undefined;

/** Over one connection for all test files of a process: a new one for each statement would cost as much as the database does. */
async function administer(work: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  administrator ??= postgres(databaseServer().postgresURL, {
    max: 1,
    // Keeps no process from its end.
    idle_timeout: 5,
    onnotice: () => undefined,
  });
  await work(administrator);
}

/** A client for a namespace, a fresh one when none is given; closed at the end of the test file. */
export async function connectTemporal(namespace = leaseNamespace()): Promise<Client> {
  const connection = await Connection.connect({
    address: temporalOf(namespace),
    interceptors: [retriesUntilClosed()],
  });
  atEndOfFile(() => connection.close());
  return new Client({ connection, namespace });
}

/** So long nothing takes that comes at all, however slow and busy the machine is. */
const HANGING_MS = 180_000;

export interface UntilOptions {
  /** The thing waited for, for the message when it does not come. */
  what: string;
  /** Only against hanging, default 180,000: a slow machine is no failure. */
  limitMs?: number;
}

/** Waits until the condition answers something truthy and gives that back. What it throws fails the test at once. */
export async function until<T>(
  condition: () => Promise<T> | T,
  { what, limitMs = HANGING_MS }: UntilOptions,
): Promise<NonNullable<Exclude<T, false>>> {
  const begin = Date.now();
  let last: T;
  do {
    last = await condition();
    if (last) return last as NonNullable<Exclude<T, false>>;
    await delay(pauseMs(Date.now() - begin));
  } while (Date.now() < begin + limitMs);
  throw new Error(`Waited ${limitMs} ms in vain: ${what}. The last look gave ${JSON.stringify(last)}`);
}

/**
 * The longer something has been waited for, the less it matters to see it at once: looks cost what tests beside this
 * one need.
 */
function pauseMs(waitedMs: number): number {
  return Math.min(20 + waitedMs / 10, 250);
}

/** A port of 127.0.0.1 that is free, and is not given out again by this process. */
export async function freePort(): Promise<number> {
  return await getPort({ host: '127.0.0.1', reserve: true });
}

/** A folder that is removed at the end of the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(databaseServer().folder, 'test-'));
  atEndOfFile(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
