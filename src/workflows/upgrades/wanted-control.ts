import { log } from '@temporalio/workflow';
import type { WantedOfOrchestration } from '../../activities/upgrades/activity-types.ts';
import type { Command, Pause } from '../../domain/upgrades/rollout-control.ts';
import type { CarriedCommands } from '../contract/upgrades.ts';
import { workflowNow } from '../workflow-time.ts';
import { projection } from './projection-proxies.ts';

/** Commands by signal that wait while the database is away; what comes beyond them is dropped. */
const MOST_WAITING = 100;

/**
 * What is wanted of an orchestration, as its run has read it last, and commands that came by signal and are not in the row yet. A
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

  /** Writes the commands, also those that come in meanwhile. A number makes each of them count once, in their order. */
  async apply(): Promise<void> {
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

  /** Writes the commands and reads the row. Answers whether the orchestration is to be canceled. */
  async read(): Promise<{ isCanceling: boolean }> {
    await this.apply();
    this.unread = false;
    const { orchestrationID } = this;
    const { readControl } = projection('reads what is wanted, and lets waves move on');
    const { isCanceling, ...wanted } = await readControl({ orchestrationID, nowMs: workflowNow() });
    this.pauses = wanted.pauses;
    this.workers = wanted.workers;
    this.wave = wanted.wave;
    this.isBehind = wanted.isBehind;
    return { isCanceling };
  }

  /** For the run that continues this one; that reads the row anew. */
  carried(): CarriedCommands {
    return { waiting: this.waiting, carriedOut: this.carriedOut };
  }
}
