import { expect, it } from 'vitest';
import { delayBeforeNext, MOST_ATTEMPTS } from '../../../../src/domain/webhooks/delivery-attempts.ts';
import { secretBytes } from '../../../../src/domain/webhooks/secrets.ts';

it('each delay is within a tenth of its own, differs between deliveries, and is the same for the same one', () => {
  const wanted = [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
  expect(MOST_ATTEMPTS).toBe(wanted.length);
  for (const [made, seconds] of wanted.entries()) {
    const delays = Array.from({ length: 200 }, (_, at) => delayBeforeNext(`delivery ${at}`, made) ?? -1);
    expect(delays).toEqual(Array.from({ length: 200 }, (_, at) => delayBeforeNext(`delivery ${at}`, made)));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(seconds * 900);
    expect(Math.max(...delays)).toBeLessThanOrEqual(seconds * 1_100);
    if (seconds > 0) expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(seconds * 150);
  }
  expect(delayBeforeNext('delivery', MOST_ATTEMPTS)).toBeUndefined();
});

it.each([
  [24, true],
  [64, true],
  [23, false],
  [65, false],
])('a secret of %i bytes: %s', (bytes, isOne) => {
  const secret = `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
  expect(secretBytes(secret) !== undefined).toBe(isOne);
});

it.each([
  '',
  'whsec_',
  `whsec_${'A'.repeat(33)}`,
  `whsec_${'A'.repeat(32)}\n`,
  `whsec_${'A'.repeat(31)}-`,
  'A'.repeat(32),
])('the text %j is no secret', (text) => {
  expect(secretBytes(text)).toBeUndefined();
});
