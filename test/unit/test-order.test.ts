import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { LONGEST } from '../support/longest-first.ts';

it('the test files that begin first exist', () => {
  expect(LONGEST.filter((file) => !existsSync(file))).toEqual([]);
});
