import { describe, expect, it } from 'vitest';
import { newestOf } from '../../../src/ui/newest.ts';

/** A log of so many entries, the oldest first, a page at a time. */
const log = (count: number) => async (page: number, page_size: number) => {
  const all = Array.from({ length: count }, (_, position) => position + 1);
  return { data: all.slice((page - 1) * page_size, page * page_size), totalCount: count };
};

describe('the newest entries of a log', () => {
  it.each([
    [0, []],
    [3, [3, 2, 1]],
    [4, [4, 3, 2, 1]],
    [5, [5, 4, 3, 2]],
    [9, [9, 8, 7, 6]],
  ])('of %d are the last four, whatever is left for the last page', async (count, rows) => {
    expect(await newestOf(log(count), 4)).toEqual({ rows, total: count });
  });
});
