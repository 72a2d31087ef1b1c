import { condition, log } from '@temporalio/workflow';
import type { WantedOfOrchestration } from '../../activities/upgrades/activity-types.ts';
import type { Command, Pause } from '../../domain/upgrades/rollout-control.ts';
import type { CarriedCommands, RetryRequest } from '../contract/upgrades.ts';
import { workflowNow } from '../workflow-time.ts';
import { projection } from './projection-proxies.ts';
import type { RetryInput } from './signal-inputs.ts';
import { WaitingRetries } from './waiting-retries.ts';

/** Commands by signal that wait while the database is away; what comes beyond them is dropped. */
const MOST_WAITING = 100;

/**
 * The wanted state of an orchestration, as its run has read it last, and commands and retries that came by signal and are not in the rows yet. A
 * message only says that there is something to read; what counts are the rows.
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
  private readonly retries: WaitingRetries;
  /** Commands of this chain of runs that have been carried out. */
  private carriedOut: number;

  constructor(
    private readonly orchestrationID: string,
    private readonly chain: string,
    carried: { commands: CarriedCommands; retries: RetryRequest[] } | undefined,
  ) {
    this.waiting = [...(carried?.commands.waiting ?? [])];
    this.carriedOut = carried?.commands.carriedOut ?? 0;
    this.retries = new WaitingRetries(orchestrationID, carried?.retries);
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

  addRetry(retry: RetryInput): void {
    this.retries.add(retry);
  }

  /** True when the row is to be read, also while somebody reads it: the answer is theirs alone. Or something is to be written. */
  isUnread(): boolean {
    return this.unread || this.isBusy || this.hasMessages();
  }

  /** Commands or retries wait to be written. */
  hasMessages(): boolean {
    return this.waiting.length > 0 || !this.retries.isEmpty();
  }

  /** Writes the commands and retries, also those that come in meanwhile. */
  async apply(): Promise<void> {
    await this.alone(() => this.write());
  }

  /** Writes them and reads the row; answers undefined when there is none. */
  async read(): Promise<Pick<WantedOfOrchestration, 'state' | 'ended'> | undefined> {
    return await this.alone(async () => {
      await this.write();
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

  private async write(): Promise<void> {
    if (!this.retries.isEmpty()) this.unread = true;
    await this.retries.write();
    await this.writeCommands();
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

  private async readRow(): Promise<WantedOfOrchestration | undefined> {
    const { orchestrationID } = this;
    const { readControl } = projection('reads what is wanted, and lets waves move on');
    // Before it is read: a message that comes meanwhile may tell of something newer.
    this.unread = false;
    try {
      const wanted = await readControl({ orchestrationID, nowMs: workflowNow() });
      this.pauses = wanted?.pauses ?? [];
      this.workers = wanted?.workers;
      this.wave = wanted?.wave;
      this.isBehind = wanted?.isBehind ?? false;
      return wanted;
    } catch (error) {
      this.unread = true;
      throw error;
    }
  }

  /** For the run that continues this one; that reads the row anew. */
  carried(): { commands: CarriedCommands; retries: RetryRequest[] } {
    const { waiting, carriedOut } = this;
    return { commands: { waiting, carriedOut }, retries: this.retries.carried() };
  }
}
