import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BODY_LIMIT_BYTES } from '../../../src/api/middleware/json-body.ts';
import { retryBody, retryInParts, type RetryPart } from '../../../src/ui/retry-parts.ts';

const idsOf = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);

describe('a retry of very many operations', () => {
  it('goes in parts that the service takes, each with a key of its own', async () => {
    const sent: RetryPart[] = [];
    const retry = retryInParts({
      read: async () => idsOf(25_000),
      send: async (part) => void sent.push(part),
      newKey: randomUUID,
    });
    await retry();
    expect(sent.map(({ ids }) => ids.length)).toEqual([10_000, 10_000, 5_000]);
    expect(sent.flatMap(({ ids }) => ids)).toEqual(idsOf(25_000));
    expect(new Set(sent.map(({ key }) => key)).size).toBe(3);
    for (const { ids } of sent) expect(retryBody(ids).length).toBeLessThan(BODY_LIMIT_BYTES);
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
      },
      newKey: randomUUID,
    });
    await expect(retry()).rejects.toThrow('away');
    isAway = false;
    await retry();
    expect(sent.slice(2)).toEqual(sent.slice(0, 2));
    expect(left).toEqual([]);
  });

  it('of nothing reads again the next time', async () => {
    let ids: string[] = [];
    const sent: RetryPart[] = [];
    const retry = retryInParts({
      read: async () => ids,
      send: async (part) => void sent.push(part),
      newKey: randomUUID,
    });
    await retry();
    expect(sent).toEqual([]);
    ids = idsOf(1);
    await retry();
    expect(sent).toHaveLength(1);
  });
});
