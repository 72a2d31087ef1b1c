/** Which workflows are to be told that something new is wanted of them, and to which a word is on its way. */
import { beforeEach, describe, expect, it } from 'vitest';
import { readWanted } from '../../src/activities/upgrades/wanted.ts';
import type { OrchestrationRow, Repositories } from '../../src/db/repositories/index.ts';
import type { Command } from '../../src/domain/upgrades/rollout-control.ts';
import { atEndOfTest } from '../support/endings.ts';
import { freshRepositories } from '../support/repositories.ts';
import { aPlan, AT } from '../support/rows.ts';

let repositories: Repositories;
let id: string;

beforeEach(async () => {
  // Each has a control of everything of its own.
  repositories = await freshRepositories(atEndOfTest);
  ({ id } = await aPlan(repositories, 1));
});

const control = (): Repositories['control'] => repositories.control;
const untold = async (): Promise<string[]> => (await control().listUntold(10)).map((row) => row.id);
const pauseAll = (isPaused: boolean) =>
  repositories.queue.change(isPaused, { actor: 'jane', reason: '', now: AT });

async function allow(workers: number): Promise<OrchestrationRow | undefined> {
  const command: Command = { command: 'workers', workers, by: 'jane', reason: '' };
  return (await control().command(id, command, AT))?.row;
}

describe('an orchestration of which something new is wanted', () => {
  it('is to be told until it was, and again of what is wanted once it has read that', async () => {
    expect(await untold()).toEqual([]);
    await allow(2);
    expect(await control().listUntold(10)).toEqual([{ id, revision: 1, queueRevision: 0 }]);
    await control().told(id, { revision: 1 });
    await allow(3);
    expect(await untold()).toEqual([]);
    expect(await control().listUnobserved('', 10)).toEqual([id]);
    await control().observed(id, { revision: 1, queueRevision: 0 });
    expect(await untold()).toEqual([id]);
  });

  it('is told of what is wanted of all by the same word', async () => {
    await pauseAll(true);
    expect(await control().listUntold(10)).toEqual([{ id, revision: 0, queueRevision: 1 }]);
    await control().told(id, { revision: 0, queueRevision: 1 });
    await allow(2);
    await pauseAll(false);
    expect(await untold()).toEqual([]);
    expect(await control().observed(id, { revision: 1, queueRevision: 2 })).toBe(true);
    expect(await control().listUnobserved('', 10)).toEqual([]);
  });

  it('is not held for told of more by an older word that is noted late', async () => {
    await allow(2);
    await allow(3);
    await control().told(id, { revision: 2 });
    await control().told(id, { revision: 1 });
    await control().observed(id, { revision: 1, queueRevision: 0 });
    expect(await untold()).toEqual([]);
    await control().observed(id, { revision: 2, queueRevision: 0 });
    await control().told(id, { revision: 1 });
    await allow(4);
    expect(await untold()).toEqual([id]);
  });
});

describe('a revision that was read', () => {
  it('is not the last one when anything has changed since: of the orchestration, or of all', async () => {
    const { observed } = control();
    await allow(2);
    expect(await observed(id, { revision: 1, queueRevision: 0 })).toBe(true);
    await allow(3);
    await allow(4);
    expect(await observed(id, { revision: 2, queueRevision: 0 })).toBe(false);
    await pauseAll(true);
    expect(await observed(id, { revision: 3, queueRevision: 0 })).toBe(false);
    expect(await observed(id, { revision: 3, queueRevision: 1 })).toBe(true);
  });

  it('is followed by the next one at once, of which nobody tells', async () => {
    await allow(2);
    await control().told(id, { revision: 1 });
    const { observed } = control();
    const read: number[] = [];
    const busy: Repositories = {
      ...repositories,
      control: {
        ...control(),
        observed: async (of, revisions) => {
          // Between the read of the row and the note that it was read.
          if (read.length < 3) {
            const row = await allow(3 + read.length);
            expect(row && row.toldRevision > row.observedRevision).toBe(read.length === 0);
          }
          read.push(revisions.revision);
          return await observed(of, revisions);
        },
      },
    };
    const deps = {
      repositories: busy,
      shoots: { find: () => Promise.reject(new Error('Nothing is looked at')) },
      clock: () => Date.parse(AT),
    };
    expect(await readWanted(deps, { orchestrationID: id, nowMs: Date.parse(AT) })).toMatchObject({
      workers: 5,
    });
    expect(read).toEqual([1, 2, 3, 4]);
    expect(await control().listUnobserved('', 10)).toEqual([]);
  });
});
