/** The person who looks after the demonstration: mends what has failed, and lets the orchestration go on. */
import { setTimeout as delay } from 'node:timers/promises';
import type { DemoClient, DemoOrchestration } from './client.ts';

/** Between what is seen and what is done about it, for those who watch. */
const THINKING_MS = 1_500;

export interface Operator {
  /** Does what a pause asks for; says each thing in one line. */
  look(orchestration: DemoOrchestration, say: (line: string) => void): Promise<void>;
}

/** `mend` makes upgrades succeed from then on. */
export function createOperator(client: DemoClient, id: string, mend: () => Promise<void>): Operator {
  let isMended = false;
  return {
    async look({ pauses, operationStats }, say) {
      if (pauses.length === 0 || (operationStats['in progress'] ?? 0) > 0) return;
      for (const { code, reason } of pauses) say(`paused by ${code}: ${reason}`);
      await delay(THINKING_MS);
      if (!isMended) {
        isMended = true;
        await mend();
        await client.retry(id);
        say('the operator mends what was wrong, and tries again what has failed');
      }
      await client.resume(id);
      say('the operator resumes');
    },
  };
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
