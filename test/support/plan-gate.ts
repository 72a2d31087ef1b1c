/** Holds whoever writes a plan in the middle of a batch, within PostgreSQL, until it is opened. */
import postgres from 'postgres';
import { atEndOfFile, until } from './environment.ts';

/** The positions of so many operations from the beginning of a plan. */
export function firstPositions(count: number): number[] {
  return [...Array(count).keys()];
}

/** One connection that waits in the middle of a batch. */
interface Writer {
  pid: number;
  /** At the gate, or for rows that another writer has not committed. */
  waitsAt: 'gate' | 'rows';
}

export class PlanGate {
  private constructor(private readonly sql: postgres.Sql) {}

  /** Holds the row at that position; those before it are written, and those of its batch not committed. */
  static async before(position: number, databaseURL: string): Promise<PlanGate> {
    const sql = postgres(databaseURL, { max: 1, backoff: () => 0.1, onnotice: () => undefined });
    atEndOfFile(() => sql.end());
    // A table, and no lock: it is closed also after a crash of the server.
    await sql.unsafe(`
      create table plan_gate as select true as is_closed;
      create function wait_at_plan_gate() returns trigger language plpgsql as $$
      begin
        while (select is_closed from plan_gate) loop perform pg_sleep(0.02); end loop;
        return new;
      end $$;
      create trigger plan_gate before insert on operations
        for each row when (new.position = ${position}) execute function wait_at_plan_gate()`);
    return new PlanGate(sql);
  }

  /** Waits until these are held, in any order. */
  async holds(...places: Writer['waitsAt'][]): Promise<void> {
    const wanted = places.toSorted().join();
    await until(async () => (await this.writers()).map(({ waitsAt }) => waitsAt).join() === wanted, {
      what: `that writers of the plan are held: ${wanted}`,
    });
  }

  /** Ends the connections of all who are held; answers when they are gone. */
  async cut(): Promise<void> {
    const pids = (await this.writers()).map(({ pid }) => pid);
    for (const pid of pids) await this.sql`select pg_terminate_backend(${pid})`;
    await until(
      async () => (await this.sql`select from pg_stat_activity where pid = any(${pids})`).length === 0,
      { what: 'that the connections are gone' },
    );
  }

  async open(): Promise<void> {
    await this.sql`update plan_gate set is_closed = false`;
  }

  /** The positions of a plan as far as it is committed, in order. */
  async positions(orchestrationID: string): Promise<number[]> {
    const rows = await this.sql<{ position: number }[]>`
      select position from operations where orchestration_id = ${orchestrationID} order by position`;
    return rows.map(({ position }) => position);
  }

  private async writers(): Promise<Writer[]> {
    return await this.sql<Writer[]>`
      select pid, case wait_event when 'PgSleep' then 'gate' else 'rows' end as "waitsAt" from pg_stat_activity
      where datname = current_database() and state = 'active' and query ilike 'insert into "operations"%'
        and wait_event in ('PgSleep', 'transactionid')
      order by 2`;
  }
}
