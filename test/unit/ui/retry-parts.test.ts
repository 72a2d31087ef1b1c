import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BODY_LIMIT_BYTES } from '../../../src/api/middleware/json-body.ts';
import { retriedWords, retryBody, retryInParts, type RetryPart } from '../../../src/ui/retry-parts.ts';

const idsOf = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);

describe('a retry of very many operations', () => {
  it('goes in parts that the service takes, each with a key of its own', async () => {
    const sent: RetryPart[] = [];
    const retry = retryInParts({
      read: async () => idsOf(25_000),
      send: async (part) => {
        sent.push(part);
        return { retried: part.ids.length - 1, old: 1, invalid: 0 };
      },
      newKey: randomUUID,
    });
    expect(await retry('')).toEqual({ retried: 24_997, old: 3, invalid: 0 });
    expect(sent.map(({ ids }) => ids.length)).toEqual([10_000, 10_000, 5_000]);
    expect(sent.flatMap(({ ids }) => ids)).toEqual(idsOf(25_000));
    expect(new Set(sent.map(({ key }) => key)).size).toBe(3);
    for (const { ids } of sent)
      expect(retryBody(ids, 'x'.repeat(1_000)).length).toBeLessThan(BODY_LIMIT_BYTES);
  });

  it('that broke off sends the same parts again under their keys, though less is left to be read', async () => {
    const sent: RetryPart[] = [];
    const left = idsOf(10_001);
    let isAway = true;
    const retry = retryInParts({
      read: async () => [...left],
      send: async (part) => {
        sent.push(part);
        if (sent.length === 2 && isAway) throw new Error('away');
        for (const id of part.ids) left.splice(left.indexOf(id), 1);
        return { retried: part.ids.length, old: 0, invalid: 0 };
      },
      newKey: randomUUID,
    });
    await expect(retry('')).rejects.toThrow('away');
    isAway = false;
    await retry('');
    expect(sent.slice(2)).toEqual(sent.slice(0, 2));
    expect(left).toEqual([]);
  });

  it('of nothing reads again the next time', async () => {
    let ids: string[] = [];
    const sent: RetryPart[] = [];
    const retry = retryInParts({
      read: async () => ids,
      send: async (part) => {
        sent.push(part);
        return { retried: part.ids.length - 1, old: 1, invalid: 0 };
      },
      newKey: randomUUID,
    });
    await retry('');
    expect(sent).toEqual([]);
    ids = idsOf(1);
    await retry('');
    expect(sent).toHaveLength(1);
  });
});

it.each([
  [{ retried: 1, old: 0, invalid: 0 }, '1 operation gets another attempt.'],
  [
    { retried: 1_200, old: 2, invalid: 1 },
    '1,200 operations get another attempt. 2 runtimes with a newer operation are left alone. 1 operation had not failed any more.',
  ],
  [{ retried: 0, old: 1, invalid: 0 }, '1 runtime with a newer operation is left alone.'],
  [{ retried: 0, old: 0, invalid: 0 }, 'Nothing of this cause is left to retry.'],
])('a retry that did %j says so', (done, words) => {
  expect(retriedWords(done)).toBe(words);
});
