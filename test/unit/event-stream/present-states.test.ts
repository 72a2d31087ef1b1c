import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { readStates, type Readable } from '../../../src/api/event-stream/present-states.ts';
import { aChange } from '../domain/event-stream/places.ts';

it('takes no more than three connections for what is read one by one', async () => {
  const IDs = Array.from({ length: 20 }, (_, index) => String(index));
  let [now, most] = [0, 0];
  const read = async <T>(answer: T): Promise<T> => {
    most = Math.max(most, (now += 1));
    await nextTurn();
    now -= 1;
    return answer;
  };
  const repositories = {
    orchestrations: { find: () => read(undefined) },
    control: { waves: () => read([]) },
  } as unknown as Readable;
  const states = await readStates(
    repositories,
    IDs.flatMap((orchestrationID) => [
      aChange({ orchestrationID }),
      aChange({ orchestrationID, kind: 'wave', wave: 0 }),
    ]),
  );
  expect([...states]).toEqual(IDs.map((id) => [`waves ${id}`, '[]']));
  expect(most).toBe(3);
});
