/** The person who looks after the demonstration: mends what has failed, and lets the orchestration go on. */
import type { ApiClient } from '../../cli/api-client.ts';
import { controlledSchema, orchestrationSchema, retrySchema } from '../../cli/answer-shapes.ts';
import { pause } from '../../cli/watch/bell.ts';

const LOOK_EVERY_MS = 250;
/** Between what is seen and what is done about it, for those who watch. */
const THINKING_MS = 1_500;

export interface Duty {
  api: ApiClient;
  orchestrationID: string;
  /** Makes upgrades succeed from then on. */
  mend: () => Promise<void>;
  /** Ends it. */
  until: AbortSignal;
}

/** Does what each pause asks for, as soon as nothing is in flight any more. */
export async function attend({ api, orchestrationID, mend, until }: Duty): Promise<void> {
  const path = `/orchestrations/${orchestrationID}`;
  const isOver = (): boolean => until.aborted;
  let isMended = false;
  while (!isOver()) {
    const { pauses, progress } = await api.ask(path, orchestrationSchema);
    if (pauses.length > 0 && progress.inFlight === 0) {
      await pause(THINKING_MS, until);
      if (isOver()) return;
      if (!isMended) {
        isMended = true;
        await mend();
        await api.ask(`${path}/retry`, retrySchema, { method: 'POST', form: new URLSearchParams() });
      }
      const json = { acknowledge: true, reason: 'the cause is mended' };
      await api.ask(`${path}/resume`, controlledSchema, { method: 'PUT', json });
    }
    await pause(LOOK_EVERY_MS, until);
  }
}

/** The share of upgrades that fail in the simulated landscape from now on, 0 to 1. */
export async function setFailures(adminURL: string, failureRate: number): Promise<void> {
  const answer = await fetch(`${adminURL}/upgrades`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ failureRate }),
  });
  if (!answer.ok) throw new Error(`The landscape answered ${answer.status}: ${await answer.text()}`);
}
