import { condition, log } from '@temporalio/workflow';
import type { WantedOfOrchestration } from '../../activities/upgrades/activity-types.ts';
import type { Command, Pause } from '../../domain/upgrades/rollout-control.ts';
import type { CarriedCommands } from '../contract/upgrades.ts';
import { workflowNow } from '../workflow-time.ts';
import { projection } from './projection-proxies.ts';

/** Commands by signal that wait while the database is away; what comes beyond them is dropped. */
const MOST_WAITING = 100;

/**
 * The wanted state of an orchestration, as its run has read it last, and commands that came by signal and are not in the row yet. A
 * message only says that there is something to read; what counts is the row.
 */
export class WantedControl {
  pauses: readonly Pause[] = [];
  /** At most so many operations at once; undefined before the first read. */
  workers: number | undefined;
  wave: WantedOfOrchestration['wave'];
  /** Freezes have changed, as far as it is known here: until the plan heeds them, children may sleep for windows that are gone. */
  isBehind = false;
  private unread = true;
  private isBusy = false;
  private readonly waiting: Command[];
  /** Commands of this chain of runs that have been carried out. */
  private carriedOut: number;

  constructor(
    private readonly orchestrationID: string,
    private readonly chain: string,
    carried: CarriedCommands | undefined,
  ) {
    this.waiting = [...(carried?.waiting ?? [])];
    this.carriedOut = carried?.carriedOut ?? 0;
  }

  /** The row is to be read again. */
  look(): void {
    this.unread = true;
  }

  add(command: Command): void {
    if (this.waiting.length < MOST_WAITING) this.waiting.push(command);
    else
      log.warn('A command is dropped: too many wait already', { command: command.command, by: command.by });
  }

  /** True when the row is to be read, or commands are to be written. */
  isUnread(): boolean {
    return this.unread || this.hasCommands();
  }

  hasCommands(): boolean {
    return this.waiting.length > 0;
  }

  /** Writes the commands, also those that come in meanwhile. */
  async apply(): Promise<void> {
    await this.alone(() => this.writeCommands());
  }

  /** Writes the commands and reads the row. Answers whether the orchestration is to be canceled. */
  async read(): Promise<{ isCanceling: boolean }> {
    return await this.alone(async () => {
      await this.writeCommands();
      return await this.readRow();
    });
  }

  /** Two at once would write the same command, each would take the next one for written, and the older read might count in the end. */
  private async alone<T>(work: () => Promise<T>): Promise<T> {
    while (this.isBusy) await condition(() => !this.isBusy);
    this.isBusy = true;
    try {
      return await work();
    } finally {
      this.isBusy = false;
    }
  }

  /** A number makes each of them count once, in their order. */
  private async writeCommands(): Promise<void> {
    const { orchestrationID, chain } = this;
    for (let command = this.waiting[0]; command; command = this.waiting[0]) {
      const numbered = { chain, number: this.carriedOut + 1 };
      const { applyCommand } = projection(`carries out the command ${command.command}`);
      await applyCommand({ orchestrationID, command, numbered });
      this.waiting.shift();
      this.carriedOut += 1;
      this.unread = true;
    }
  }

  private async readRow(): Promise<{ isCanceling: boolean }> {
    const { orchestrationID } = this;
    const { readControl } = projection('reads what is wanted, and lets waves move on');
    // Before it is read: a message that comes meanwhile may tell of something newer.
    this.unread = false;
    try {
      const { isCanceling, ...wanted } = await readControl({ orchestrationID, nowMs: workflowNow() });
      this.pauses = wanted.pauses;
      this.workers = wanted.workers;
      this.wave = wanted.wave;
      this.isBehind = wanted.isBehind;
      return { isCanceling };
    } catch (error) {
      this.unread = true;
      throw error;
    }
  }

  /** For the run that continues this one; that reads the row anew. */
  carried(): CarriedCommands {
    return { waiting: this.waiting, carriedOut: this.carriedOut };
  }
}
