import { expect, it } from 'vitest';
import { TERMS, termsTitle } from '../../../src/ui/words/terms.ts';

it('terms are told by a title that names them', () => {
  expect(termsTitle(['Shoot'])).toBe('What Shoot means');
  expect(termsTitle(['lane', 'turn'])).toBe('What lane and turn mean');
  expect(termsTitle(['wave', 'soak', 'budget'])).toBe('What wave, soak and budget mean');
  for (const words of Object.values(TERMS)) expect(words).toMatch(/^[A-Z].*\.$/);
});
