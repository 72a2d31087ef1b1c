import { UnavailableError } from '../../domain/errors.ts';

interface Waiting<Item, Answer> {
  item: Item;
  resolve: (answer: Answer) => void;
  reject: (reason: unknown) => void;
}

/**
 * Makes one piece of work of what comes in for a key while earlier work for it is under way, at most `most` items at a time, in the order in
 * which they came. What comes in alone is begun at once. When work fails, all of its items fail; when the database does not answer, so do those that
 * wait behind it: they would wait as long for the same.
 *
 * `work` answers each of its items, and runs once at a time for a key, unless it goes on in secret after it has failed.
 */
export function gathering<Item, Answer>(
  most: number,
  work: (key: string, items: Item[]) => Promise<Map<Item, Answer>>,
): (key: string, item: Item) => Promise<Answer> {
  const lines = new Map<string, Waiting<Item, Answer>[]>();

  async function serve(key: string, line: Waiting<Item, Answer>[]): Promise<void> {
    while (line.length > 0) {
      const group = line.splice(0, most);
      try {
        const items = group.map(({ item }) => item);
        const answers = await work(key, items);
        for (const { item, resolve, reject } of group) {
          const answer = answers.get(item);
          if (answer === undefined) reject(new Error('It was left without an answer'));
          else resolve(answer);
        }
      } catch (error) {
        if (error instanceof UnavailableError) group.push(...line.splice(0));
        for (const { reject } of group) reject(error);
      }
    }
    lines.delete(key);
  }

  return (key, item) =>
    new Promise((resolve, reject) => {
      const waiting = { item, resolve, reject };
      const line = lines.get(key);
      if (line) {
        line.push(waiting);
        return;
      }
      const begun = [waiting];
      lines.set(key, begun);
      void serve(key, begun);
    });
}
