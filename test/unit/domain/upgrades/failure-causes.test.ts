import { describe, expect, it } from 'vitest';
import { causeOf } from '../../../../src/domain/upgrades/failure-causes.ts';
import { FAILURE_MESSAGES } from './failure-messages.ts';

describe('the cause of a failure', () => {
  it.each(FAILURE_MESSAGES)('of %s', (message, cause) => {
    expect(causeOf(message, [])).toBe(cause);
  });

  it('is without the names of the runtime, but keeps words that look like a short one', () => {
    const names = [
      ['r-1234', '<runtime>'],
      ['c-1ammc5c', '<shoot>'],
      ['a', '<account>'],
      ['', '<account>'],
    ] as const;
    expect(causeOf('Shoot c-1ammc5c (r-1234) has a fault', names)).toBe(
      'Shoot <shoot> (<runtime>) has a fault',
    );
  });
});
