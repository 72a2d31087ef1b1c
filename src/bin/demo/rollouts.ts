/** The two rollouts that are demonstrated, as the API is asked for them. */
import type { ApiClient } from '../../cli/api-client.ts';
import { createdSchema } from '../../cli/answer-shapes.ts';

export const WORKERS = 5;
export const PER_REGION = 3;
export const CANARIES = 2;

/** Its canary pauses at the first failure, and everything else waits for it. */
export const ON_ITS_OWN = strategy({
  waves: [
    { name: 'canary', count: CANARIES, soakMinutes: 0.05 },
    { name: 'early', percent: 20 },
  ],
  failureBudget: { max: 0, scope: 'wave' },
  limits: { perRegion: PER_REGION },
});

/** After its canary a person has to say yes. */
export const WITH_APPROVAL = strategy({
  waves: [{ name: 'canary', count: CANARIES, approval: {} }],
});

function strategy(more: object): object {
  return { type: 'parallel', schedule: 'immediate', parallel: { workers: WORKERS }, ...more };
}

/** Begins one for the whole fleet; answers its ID. */
export async function begin(api: ApiClient, rollout: object): Promise<string> {
  const json = { targets: { include: [{ target: 'all' }] }, strategy: rollout };
  const created = await api.ask('/upgrade/kyma', createdSchema, { method: 'POST', json });
  return created.orchestrationID;
}
