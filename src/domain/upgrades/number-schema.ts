import { z } from 'zod';
import { MOST_WORKERS } from './orchestration-parameters.ts';

/** A whole number between two limits, which belong to it. */
export function wholeNumber(least: number, most: number) {
  return between(least, most, least);
}

/** As clients written in Go send it: 0 means "not given". */
export function givenWholeNumber(least: number, most: number) {
  return between(least, most, 0).nullish();
}

/** Likewise. */
export function givenWorkers(description: string, example: number) {
  return givenWholeNumber(1, MOST_WORKERS).meta({ description, examples: [example] });
}

function between(least: number, most: number, accepted: number) {
  const [from, to] = [least, most].map((limit) => limit.toLocaleString('en-US'));
  const error = `must be a whole number from ${from} to ${to}`;
  return z.int({ error }).min(accepted, { error }).max(most, { error });
}
