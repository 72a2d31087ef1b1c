import { describe, expect, it } from 'vitest';
import { deedWords } from '../../../src/ui/words/deed-words.ts';
import { BOX, graphOf, type Box } from '../../../src/ui/words/plan-graph.ts';

type Stack = Parameters<typeof graphOf>[0];

/** `b<a` says that b comes after a. */
function aStack(labels: string, ...links: string[]): Stack {
  const ends = links.map((link) => link.split('<'));
  const oplans = labels.split('').map((label) => ({
    label,
    info: { needs: ends.filter(([after]) => after === label).map(([, first = '']) => first) },
  }));
  return { oplans: oplans as unknown as Stack['oplans'] };
}

const placeOf = (boxes: readonly Box[], label: string): Box => {
  const found = boxes.find(({ plan }) => plan.label === label);
  if (!found) throw new Error(`${label} has no box`);
  return found;
};

/** On the line around a box, or within it. */
const isAt = ({ x, y }: Box, [px = NaN, py = NaN]: number[] = []): boolean =>
  px >= x - 1 && px <= x + BOX.width + 1 && py >= y - 1 && py <= y + BOX.height + 1;

describe('the graph of a stack', () => {
  it('has what is needed first on the left, an arrow for each dependency, and no box upon another', () => {
    const links = ['b<a', 'c<a', 'd<b', 'd<c', 'e<a'];
    const { boxes, arrows, width, height } = graphOf(aStack('dcbae', ...links));
    expect(boxes).toHaveLength(5);
    expect(arrows.map(({ from, to }) => `${to}<${from}`).sort()).toEqual([...links].sort());
    for (const { from, to, path } of arrows) {
      const [begin, end] = [placeOf(boxes, from), placeOf(boxes, to)];
      expect(end.x).toBeGreaterThan(begin.x + BOX.width);
      const points = path
        .split(/[ML]/)
        .slice(1)
        .map((point) => point.split(' ').map(Number));
      expect([isAt(begin, points.at(0)), isAt(end, points.at(-1))]).toEqual([true, true]);
    }
    for (const one of boxes) {
      expect([one.x >= 0, one.y >= 0, one.x + BOX.width <= width, one.y + BOX.height <= height]).toEqual(
        Array(4).fill(true),
      );
      for (const other of boxes)
        if (other !== one)
          expect(Math.abs(one.x - other.x) >= BOX.width || Math.abs(one.y - other.y) >= BOX.height).toBe(
            true,
          );
    }
  });

  it('is drawn all the same with a circle, or a dependency on a plan that is not there', () => {
    const { boxes, arrows } = graphOf(aStack('abc', 'a<b', 'b<a', 'c<x'));
    expect(boxes).toHaveLength(3);
    expect(arrows).toHaveLength(2);
  });
});

describe('what somebody did', () => {
  const deed = { event: 'orchestration', kind: 'state', toState: null } as const;
  it.each([
    [{ ...deed, toState: 'canceling' }, 'stopped it'],
    [{ ...deed, toState: 'retrying' }, 'retried failures'],
    [{ ...deed, kind: 'retried' }, 'retried failures'],
    [{ ...deed, kind: 'front' }, 'moved it to the front'],
    [{ ...deed, event: 'queue', kind: 'paused' }, 'paused everything'],
    [{ ...deed, event: 'policy', kind: 'replaced' }, 'stored a new version'],
    [{ ...deed, event: 'stack', kind: 'status', toState: 'shutting_down' }, 'shut it down'],
    [{ ...deed, toState: 'succeeded' }, 'set it to succeeded'],
    [{ ...deed, event: 'object', kind: 'desired', toState: 'shutdown' }, 'wanted it shutdown'],
    [{ ...deed, kind: 'unheard-of' }, 'unheard-of'],
  ] as const)('%j is: %s', (done, words) => {
    expect(deedWords(done)).toBe(words);
  });
});
