import pLimit, { type LimitFunction } from 'p-limit';

/** Lets a bounded number of pieces of work under one key run at a time; the others wait in the order in which they came. */
export class Turns {
  private readonly byKey = new Map<string, { limit: LimitFunction; users: number }>();

  constructor(private readonly atOnce: number) {}

  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = this.byKey.get(key) ?? { limit: pLimit(this.atOnce), users: 0 };
    this.byKey.set(key, turn);
    turn.users += 1;
    try {
      return await turn.limit(work);
    } finally {
      turn.users -= 1;
      if (turn.users === 0) this.byKey.delete(key);
    }
  }
}
