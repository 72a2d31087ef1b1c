import { describe, expect, it } from 'vitest';
import { tellingsOf, type Told } from '../../../../src/domain/event-stream/coalescing.ts';
import type { ChangeEvent } from '../../../../src/domain/event-stream/logged-change.ts';
import { dice } from '../../../support/dice.ts';
import { place } from './places.ts';

/** `a1` is the first change, of the operation a; `-3` the third one, of the orchestration. */
function told(...texts: string[]): Told[] {
  return texts.map((text) => {
    const id = Number(text.slice(1));
    const event: ChangeEvent = text.startsWith('-') ? 'orchestration' : 'operation';
    return { position: place(id, id), event, subject: text.slice(0, 1) };
  });
}

const shown = (changes: readonly Told[], most?: number): string[] =>
  tellingsOf(changes, most).map(({ subjects, last }) => {
    const each = subjects.map(
      ({ subject, changes: its }) => `${subject}${its.map(({ position }) => position.id).join('+')}`,
    );
    return `${each.join(' ')} @${last.position.id}`;
  });

describe('changes that are told at once', () => {
  it('bring each operation once, with its changes in their order', () => {
    expect(shown(told('a1', 'b2', 'a3', 'c4', 'b5'))).toEqual(['a1+3 b2+5 c4 @5']);
  });

  it('keep the order of anything else among them', () => {
    expect(shown(told('a1', 'b2', '-3', 'a4', '-5', '-6'))).toEqual([
      ...['a1 b2 @2', '-3 @3', 'a4 @4', '-5 @5', '-6 @6'],
    ]);
  });

  it('are divided when they are many', () => {
    expect(shown(told('a1', 'b2', 'a3', 'b4', 'a5'), 2)).toEqual(['a1 b2 @2', 'a3 b4 @4', 'a5 @5']);
  });

  it('are none when there are none', () => {
    expect(tellingsOf([])).toEqual([]);
  });

  it('can be gone on from after any message, with neither a gap nor a repetition', () => {
    const roll = dice(11);
    for (let round = 0; round < 200; round++) {
      const changes = told(
        ...Array.from({ length: 1 + roll(40) }, (_, index) => `${'-abcde'.charAt(roll(6))}${index + 1}`),
      );
      const seen: number[] = [];
      let rest = changes;
      while (rest.length > 0) {
        // Changes that were under way when the connection broke were told in other messages than those that follow.
        const tellings = tellingsOf(rest, 1 + roll(10));
        const got = tellings.slice(0, 1 + roll(tellings.length));
        seen.push(
          ...got.flatMap(({ subjects }) =>
            subjects.flatMap((one) => one.changes.map(({ position }) => position.id)),
          ),
        );
        const last = got.at(-1)?.last.position.id ?? 0;
        expect(Math.max(...seen)).toBe(last);
        rest = changes.filter(({ position }) => position.id > last);
      }
      expect([...seen].sort((a, b) => a - b)).toEqual(changes.map(({ position }) => position.id));
      expect(new Set(seen).size).toBe(seen.length);
    }
  });
});
