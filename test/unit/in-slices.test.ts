import { expect, it } from 'vitest';
import { inSlices } from '../../src/clients/in-slices.ts';
import { atOnce, mapInSlices, type Slices } from '../../src/domain/slices.ts';

/** Each of its steps takes longer than a slice may. */
function* slowSteps(count: number, onStep: (step: number) => void = () => undefined): Slices<string> {
  for (let step = 1; step <= count; step++) {
    const begun = performance.now();
    while (performance.now() - begun < 30);
    onStep(step);
    yield;
  }
  return 'done';
}

it('lets everything else go on between the slices of long work', async () => {
  const seen: string[] = [];
  const turn = (): void => {
    seen.push('others');
    if (!seen.includes('step 3')) setImmediate(turn);
  };
  setImmediate(turn);
  expect(await inSlices(slowSteps(3, (step) => seen.push(`step ${step}`)))).toBe('done');
  expect(seen.slice(0, 5)).toEqual(['step 1', 'others', 'step 2', 'others', 'step 3']);
});

it('ends with what its signal was aborted for', async () => {
  const abort = new AbortController();
  const seen: number[] = [];
  const work = slowSteps(5, (step) => {
    seen.push(step);
    if (step === 2) abort.abort(new Error('nobody wants it'));
  });
  await expect(inSlices(work, abort.signal)).rejects.toThrow('nobody wants it');
  expect(seen).toEqual([1, 2]);
});

it('maps thousands of values in slices as at once', () => {
  const values = Array.from({ length: 3_500 }, (_, index) => index);
  const double = (value: number, index: number): number => value + index;
  expect([...mapInSlices(values, double)]).toHaveLength(3);
  expect(atOnce(mapInSlices(values, double))).toEqual(values.map(double));
});
