import { describe, expect, it } from 'vitest';
import { causeOf } from '../../../../src/domain/upgrades/failure-causes.ts';
import { COMPONENTS, FAILURE_MESSAGES } from './failure-messages.ts';

describe('the cause of a failure', () => {
  it.each(FAILURE_MESSAGES)('of %s', (message, cause) => {
    expect(causeOf(message, [])).toBe(cause);
  });

  it.each(COMPONENTS)('names the component %s, and nothing that its pods have of their own', (component) => {
    const said = (name: string): string =>
      causeOf(`${name} of kyma-system/${name} is not ready: "${name}"`, []);
    expect(said(component)).toBe(`${component} of kyma-system/${component} is not ready: "${component}"`);
    for (const end of ['-x7k2p', '-bcdfg', '-6b9f8c7d5-zzvtk', '-bcdfghjklm-x2k4p', '-7c84b8d559'])
      expect(said(component + end)).toBe(said(`${component}-<id>`));
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
