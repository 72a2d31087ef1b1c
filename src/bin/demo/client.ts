/** The demonstration's requests to the REST API. */
import { z } from 'zod';

const orchestrationSchema = z.object({
  state: z.string(),
  description: z.string(),
  operationStats: z.record(z.string(), z.number()).default({}),
  pauses: z.array(z.object({ code: z.string(), reason: z.string() })),
  waves: z.array(
    z.object({
      name: z.string(),
      phase: z.string(),
      size: z.number(),
      succeeded: z.number(),
      failed: z.number(),
      canceled: z.number(),
    }),
  ),
});
export type DemoOrchestration = z.infer<typeof orchestrationSchema>;

const operationSchema = z.object({
  shootName: z.string(),
  servicePlanName: z.string(),
  region: z.string().nullish(),
  state: z.string(),
  description: z.string(),
  startedAt: z.string().nullish(),
  finishedAt: z.string().nullish(),
});
export type DemoOperation = z.infer<typeof operationSchema>;

export interface DemoClient {
  /** In waves, at most so many at once, and of one region. */
  create(workers: number, perRegion: number): Promise<string>;
  orchestration(id: string): Promise<DemoOrchestration>;
  /** All that has failed. */
  retry(id: string): Promise<void>;
  /** In spite of the failures so far. */
  resume(id: string): Promise<void>;
  /** All of them, page by page. */
  operations(id: string): Promise<DemoOperation[]>;
}

/** Throws an Error with the API's own words when it refuses. */
export function createDemoClient(apiURL: string, token: string): DemoClient {
  const call = async (path: string, init: RequestInit = {}, type = 'application/json'): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': type };
    const answer = await fetch(`${apiURL}${path}`, { ...init, headers });
    if (!answer.ok)
      throw new Error(`${init.method ?? 'GET'} ${path} answered ${answer.status}: ${await answer.text()}`);
    return await answer.json();
  };
  return {
    create: async (workers, perRegion) => {
      const body = JSON.stringify({
        targets: { include: [{ target: 'all' }] },
        strategy: {
          parallel: { workers },
          waves: [
            { name: 'canary', count: 2, soakMinutes: 0.05 },
            { name: 'early', percent: 20 },
          ],
          failureBudget: { max: 0, scope: 'wave' },
          limits: { perRegion },
        },
      });
      const answer = await call('/upgrade/kyma', { method: 'POST', body });
      return z.object({ orchestrationID: z.string() }).parse(answer).orchestrationID;
    },
    retry: async (id) => {
      await call(`/orchestrations/${id}/retry`, { method: 'POST' }, 'application/x-www-form-urlencoded');
    },
    resume: async (id) => {
      const body = JSON.stringify({ acknowledge: true });
      await call(`/orchestrations/${id}/resume`, { method: 'PUT', body });
    },
    orchestration: async (id) => orchestrationSchema.parse(await call(`/orchestrations/${id}`)),
    operations: async (id) => {
      const all: DemoOperation[] = [];
      const pageSchema = z.object({ data: z.array(operationSchema), totalCount: z.number() });
      for (let page = 1; ; page += 1) {
        const path = `/orchestrations/${id}/operations?page=${page}&page_size=100`;
        const { data, totalCount } = pageSchema.parse(await call(path));
        all.push(...data);
        if (data.length === 0 || all.length >= totalCount) return all;
      }
    },
  };
}
