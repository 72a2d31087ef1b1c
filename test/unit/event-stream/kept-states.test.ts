import { expect, it } from 'vitest';
import { createKeptStates } from '../../../src/api/event-stream/kept-states.ts';

it('keeps the latest state of a subject as long as a change about it is kept', () => {
  const states = createKeptStates();
  states.add(
    ['one', 'two', 'one'],
    new Map([
      ['one', '1'],
      ['two', '2'],
    ]),
  );
  states.add(['one'], new Map([['one', '3']]));
  states.release(['one', 'one', 'two']);
  expect([states.size, states.of('one'), states.of('two')]).toEqual([1, '3', 'null']);
  states.release(['one']);
  expect([states.size, states.of('one')]).toEqual([0, 'null']);
});

it('tells of what is gone', () => {
  const states = createKeptStates();
  states.add(['one'], new Map());
  expect(states.of('one')).toBe('null');
});
