import { existsSync } from 'node:fs';
import postgres from 'postgres';
import { describe, expect, it } from 'vitest';
import { connectTemporal, createDatabase, leaseNamespace, temporaryFolder, until } from './environment.ts';
import { SEARCH_ATTRIBUTES } from '../../src/workflows/contract/engine.ts';

describe('the environment of the tests', () => {
  it('gives each test a namespace of its own, with the search attributes', async () => {
    expect(leaseNamespace()).not.toBe(leaseNamespace());
    const client = await connectTemporal();
    const { customAttributes } = await client.connection.operatorService.listSearchAttributes({
      namespace: client.options.namespace,
    });
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining([...SEARCH_ATTRIBUTES]));
  });

  it('gives each test a database of its own, and drops it', async () => {
    const [one, other] = await Promise.all([createDatabase(), createDatabase()]);
    const sql = postgres(one.url);
    await sql`create table only_here (id int)`;
    await sql.end();
    const elsewhere = postgres(other.url);
    expect(await elsewhere`select 1 from pg_tables where tablename = 'only_here'`).toHaveLength(0);
    await elsewhere.end();
    await one.drop();
    const gone = postgres(one.url, { max: 1 });
    await expect(gone`select 1`).rejects.toThrow(/does not exist/);
    await gone.end();
  });

  it('waits for a condition, and says what it waited for in vain', async () => {
    let looks = 0;
    expect(await until(() => (++looks === 3 ? 'here' : undefined), { what: 'three looks' })).toBe('here');
    await expect(until(() => false, { what: 'the impossible', limitMs: 1 })).rejects.toThrow(
      /the impossible/,
    );
    expect(existsSync(temporaryFolder())).toBe(true);
  });
});
