/** A queue in memory: rows in lanes, holders, and what happens to them, so that turns are decided as the queue does it. */
import { decideTurns, type InLane, type TurnStep } from '../../../../src/domain/upgrades/lane-turns.ts';

interface Row {
  id: string;
  lane: string;
  rank: number;
  seq: number;
  /** Its workflow has ended, and nobody knows yet. */
  isLost: boolean;
}

export class LaneWorld {
  readonly rows: Row[] = [];
  holders: InLane[] = [];
  paused: string | undefined;
  /** Events, and the steps that followed. */
  readonly lines: string[] = [];
  /** Turns in the order in which they were given, with the line as it stood then. */
  readonly given: { id: string; lane: string; before: string[] }[] = [];
  private seq = 0;
  private readonly pageSize: number;

  constructor(pageSize = 2) {
    this.pageSize = pageSize;
  }

  arrive(id: string, lane: string): void {
    this.rows.push({ id, lane, rank: 0, seq: ++this.seq, isLost: false });
    this.say(`${id} comes to wait in ${lane}`);
  }

  front(id: string): void {
    const row = this.rows.find((one) => one.id === id);
    if (row) row.rank = Math.min(0, ...this.rows.map(({ rank }) => rank)) - 1;
    this.say(`${id} is moved to the front`);
  }

  lose(id: string): void {
    const row = this.rows.find((one) => one.id === id);
    if (row) row.isLost = true;
    this.say(`the workflow of ${id} is lost`);
  }

  end(id: string): void {
    this.holders = this.holders.filter((one) => one.orchestrationID !== id);
    this.say(`${id} ends`);
  }

  pause(): void {
    this.paused = 'paused with everything by jane';
    this.say('everything is paused');
  }

  resume(): void {
    this.paused = undefined;
    this.say('everything goes on');
  }

  /** IDs of those that wait in a lane, in the order in which turns are given. */
  line(lane: string): string[] {
    return this.rows
      .filter((row) => row.lane === lane)
      .sort((a, b) => a.rank - b.rank || a.seq - b.seq)
      .map(({ id }) => id);
  }

  /** Decides until nothing is left to do but to wait, as the queue does when it looks. */
  look(): void {
    const lanes = [...new Set(this.rows.map(({ lane }) => lane))].sort();
    const read = new Map(lanes.map((lane) => [lane, 0]));
    const passedOver = new Set<string>();
    for (;;) {
      const steps = decideTurns({
        holders: this.holders,
        lines: lanes.map((lane) => this.part(lane, read.get(lane) ?? 0)),
        passedOver,
        ...(this.paused !== undefined && { paused: this.paused }),
      });
      const step = steps.find(({ kind }) => kind !== 'wait');
      if (!step) return void steps.forEach((one) => this.write(one));
      this.write(step);
      if (step.kind === 'give' && !this.take(step)) passedOver.add(step.orchestrationID);
      if (step.kind === 'read') read.set(step.lane, (read.get(step.lane) ?? 0) + 1);
    }
  }

  /** One page; none was read to begin with. Rows that were settled since are shown as they were read. */
  private part(lane: string, pages: number): { lane: string; ids: string[]; isWhole: boolean } {
    const line = this.line(lane);
    const ids = pages === 0 ? [] : line.slice((pages - 1) * this.pageSize, pages * this.pageSize);
    return { lane, ids, isWhole: pages > 0 && pages * this.pageSize >= line.length };
  }

  /** False when its workflow is lost. */
  private take({ orchestrationID: id, lane }: { orchestrationID: string; lane: string }): boolean {
    const row = this.rows.find((one) => one.id === id);
    if (!row || row.isLost) return false;
    const line = this.line(lane).filter((other) => !this.isLost(other));
    this.given.push({ id, lane, before: line.slice(0, line.indexOf(id)) });
    this.rows.splice(this.rows.indexOf(row), 1);
    this.holders.push({ orchestrationID: id, lane });
    return true;
  }

  isLost(id: string): boolean {
    return this.rows.some((row) => row.id === id && row.isLost);
  }

  private say(text: string): void {
    this.lines.push(`# ${text}`);
  }

  private write(step: TurnStep): void {
    const who = step.kind === 'give' ? ` to ${step.orchestrationID}` : '';
    this.lines.push(`${step.lane}: ${step.kind}${who}: ${step.reason}`);
  }
}
