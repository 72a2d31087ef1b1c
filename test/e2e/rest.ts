/**
 * The REST API as a client sees it: every answer is read by a schema of the test's own, strict where a document shows
 * the shape.
 */
import { z } from 'zod';
import { BROKER_FIELDS } from '../support/broker-fields.ts';
import { until } from '../support/environment.ts';

/** A49: RFC 3339, UTC, with fractional seconds. */
const timestamp = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);

const wait = z.strictObject({
  code: z.string(),
  message: z.string(),
  until: timestamp.optional(),
  who: z.string().optional(),
});
const waitingFor = wait.extend({ then: z.array(wait).optional() }).nullable();

const pauses = z.array(
  z.strictObject({ code: z.string(), by: z.string(), reason: z.string(), since: timestamp }),
);

const waveParameters = z.strictObject({
  name: z.string(),
  targets: z.looseObject({ include: z.array(z.record(z.string(), z.string())) }).optional(),
  percent: z.number().optional(),
  count: z.int().optional(),
  workers: z.int().optional(),
  soakMinutes: z.number().optional(),
  approval: z
    .strictObject({
      groups: z.array(z.string()).optional(),
      notByCreator: z.boolean(),
      expiresHours: z.int().optional(),
    })
    .optional(),
});

const limit = z.union([z.int(), z.record(z.string(), z.int())]);
const limits = z.strictObject({
  perRegion: limit.optional(),
  perPlan: limit.optional(),
  perGlobalAccount: limit.optional(),
});
const failureBudget = z.strictObject({
  max: z.int().optional(),
  percent: z.number().optional(),
  scope: z.enum(['all', 'wave']),
  onExceeded: z.enum(['pause', 'cancel']),
  strict: z.boolean(),
});

const changedRuntimes = z.strictObject({
  count: z.int(),
  first: z.array(z.strictObject({ shootName: z.string(), runtimeID: z.string() })),
});

/** The durations that an estimate or a projection is computed from. */
export const durationsFrom = z.union([
  z.strictObject({ kind: z.literal('assumed'), seconds: z.number() }),
  z.strictObject({
    kind: z.literal('earlier operations'),
    count: z.int(),
    medianSeconds: z.number(),
    p90Seconds: z.number(),
  }),
]);

const estimatedEnd = { earliest: timestamp.nullable(), latest: timestamp.nullable() };

/** Left out of what the stream tells. */
const inFlightFields = {
  unsent: z.number(),
  inFlightSince: timestamp.nullable(),
  drained: z
    .strictObject({ earliest: timestamp, latest: timestamp, overdue: z.int(), from: durationsFrom })
    .nullable(),
};

export const orchestrationSchema = z.strictObject({
  orchestrationID: z.uuid(),
  type: z.enum(['upgradeKyma', 'upgradeCluster']),
  state: z.string(),
  description: z.string(),
  createdAt: timestamp,
  createdBy: z.string(),
  reason: z.string(),
  updatedAt: timestamp,
  parameters: z.looseObject({
    targets: z.looseObject({ include: z.array(z.record(z.string(), z.string())) }),
    strategy: z.strictObject({
      type: z.literal('parallel'),
      schedule: z.enum(['immediate', 'maintenanceWindow']),
      parallel: z.strictObject({ workers: z.number() }),
      until: timestamp.optional(),
      lane: z.string().optional(),
      waves: z.array(waveParameters).optional(),
      failureBudget: failureBudget.optional(),
      limits: limits.optional(),
      retryPolicy: z.strictObject({ attempts: z.int(), backoffMinutes: z.number() }).optional(),
      operationTimeoutMinutes: z.int().optional(),
      onBusy: z.enum(['wait', 'skip']).optional(),
      checks: z.strictObject({ health: z.boolean(), healthTimeoutMinutes: z.number() }).optional(),
    }),
    dryRun: z.boolean(),
    restOf: z.uuid().optional(),
    planHash: z.string().optional(),
    onPlanChange: z.enum(['pause', 'continue']).optional(),
  }),
  operationStats: z.record(z.string(), z.number()),
  waitingFor,
  progress: z.strictObject({
    ...inFlightFields,
    done: z.number(),
    total: z.number().nullable(),
    failed: z.number(),
    inFlight: z.number(),
    eta: z
      .strictObject({
        ...estimatedEnd,
        unplaced: z.int(),
        from: durationsFrom,
        waves: z.array(z.strictObject({ name: z.string(), ...estimatedEnd })),
        at: timestamp,
      })
      .nullable(),
  }),
  workers: z.int(),
  paused: z.boolean(),
  pauses,
  revision: z.int(),
  observedRevision: z.int(),
  /** Of one orchestration alone. */
  failureBudget: z
    .strictObject({ max: z.int(), failed: z.int(), failedAtPause: z.int().nullable() })
    .nullable()
    .optional(),
  waves: z.array(z.looseObject({ name: z.string(), phase: z.string() })).optional(),
  canceled: z.strictObject({ by: z.string(), at: z.string(), reason: z.string() }).nullable().optional(),
  planChanges: z
    .strictObject({
      description: z.string(),
      added: changedRuntimes,
      gone: changedRuntimes,
      moved: changedRuntimes,
      inOtherWaves: changedRuntimes,
      rulesChanged: z.boolean(),
      isUnknown: z.boolean(),
    })
    .nullable(),
});
export type Orchestration = z.infer<typeof orchestrationSchema>;

const operationFields = {
  operationID: z.uuid(),
  runtimeID: z.uuid(),
  globalAccountID: z.string(),
  subAccountID: z.string(),
  orchestrationID: z.uuid(),
  servicePlanID: z.string(),
  servicePlanName: z.string(),
  dryRun: z.boolean(),
  shootName: z.string(),
  maintenanceWindowBegin: z.iso.datetime(),
  maintenanceWindowEnd: z.iso.datetime(),
  state: z.string(),
  description: z.string(),
  instanceID: z.string(),
  region: z.string(),
  startedAt: timestamp.nullable(),
  finishedAt: timestamp.nullable(),
  attempts: z.number(),
  waitingFor,
};
export const operationSchema = z.strictObject(operationFields);
export type Operation = z.infer<typeof operationSchema>;

const configEntries = z.array(z.strictObject({ key: z.string(), value: z.string(), secret: z.boolean() }));
export const operationDetailSchema = z.strictObject({
  ...operationFields,
  wave: z.string().nullable(),
  kymaConfig: z
    .strictObject({
      version: z.string(),
      components: z.array(
        z.strictObject({ component: z.string(), namespace: z.string(), configuration: configEntries }),
      ),
      configuration: configEntries,
    })
    .nullish(),
  clusterConfig: z.record(z.string(), z.string()).nullable(),
});
export type OperationDetail = z.infer<typeof operationDetailSchema>;

const pageSchema = z.strictObject({
  data: z.array(operationSchema),
  count: z.number(),
  totalCount: z.number(),
});

const eventSchema = z.strictObject({
  eventID: z.number(),
  orchestrationID: z.uuid(),
  operationID: z.uuid().nullable(),
  at: timestamp,
  actor: z.string(),
  kind: z.string(),
  fromState: z.string().nullable(),
  toState: z.string().nullable(),
  reason: z.string(),
});
export type Event = z.infer<typeof eventSchema>;
const namedEventSchema = eventSchema.extend({ shootName: z.string().nullable() });
export type NamedEvent = z.infer<typeof namedEventSchema>;

/** An operation in the stream: with its wave, and without why it waits. */
const { waitingFor: _waits, ...standingFields } = operationFields;
const streamedOrchestration = orchestrationSchema
  .omit({ waitingFor: true, parameters: true, planChanges: true })
  .required({ failureBudget: true, waves: true, canceled: true })
  .extend({
    progress: orchestrationSchema.shape.progress.omit({ unsent: true, inFlightSince: true, drained: true }),
  });
const streamedWaves = {
  change: eventSchema,
  wave: z.int(),
  waves: z.array(z.looseObject({ name: z.string(), phase: z.string() })),
};

/** The data of events of the stream about upgrades, by their names. */
export const streamSchemas: Record<string, z.ZodType> = {
  hello: z.strictObject({ at: timestamp, resumed: z.boolean() }),
  orchestration: z.strictObject({ change: eventSchema, orchestration: streamedOrchestration }),
  operation: z.strictObject({
    operations: z
      .array(
        z.strictObject({
          changes: z.array(eventSchema).min(1),
          operation: z.strictObject({ ...standingFields, wave: z.int() }),
        }),
      )
      .min(1),
  }),
  wave: z.strictObject(streamedWaves),
  approval: z.strictObject(streamedWaves),
  queue: z.strictObject({
    change: z.strictObject({
      ...{ at: timestamp, actor: z.string(), reason: z.string(), revision: z.int() },
      kind: z.enum(['paused', 'resumed']),
    }),
    queue: z.strictObject({
      paused: z.strictObject({ by: z.string(), reason: z.string(), since: timestamp }).nullable(),
      revision: z.int(),
    }),
  }),
};

const queueSchema = z.strictObject({
  paused: z.strictObject({ by: z.string(), reason: z.string(), since: timestamp }).nullable(),
  lanes: z.array(
    z.strictObject({
      name: z.string(),
      cap: z.int(),
      configured: z.boolean(),
      holder: z
        .strictObject({
          ...{
            orchestrationID: z.uuid(),
            type: z.string(),
            parameters: z.looseObject({ dryRun: z.boolean() }),
          },
          ...{ state: z.string(), createdBy: z.string(), since: timestamp.nullable(), pauses },
          eta: z.strictObject({ ...estimatedEnd, from: durationsFrom }).nullable(),
        })
        .nullable(),
      waiting: z.int(),
      first: z.array(
        z.strictObject({
          position: z.int(),
          orchestrationID: z.uuid(),
          type: z.string(),
          parameters: z.looseObject({ dryRun: z.boolean() }),
          state: z.string(),
          createdBy: z.string(),
          queuedAt: timestamp,
          waitingFor,
        }),
      ),
    }),
  ),
});

const runtimeOperation = z.strictObject({
  operationID: z.string(),
  orchestrationID: z.uuid().optional(),
  state: z.string(),
  description: z.string(),
  createdAt: timestamp,
  updatedAt: timestamp,
  finishedStages: z.array(z.string()),
  runtimeVersion: z.string(),
});
const runtimeOperations = z.strictObject({
  data: z.array(runtimeOperation).max(2),
  count: z.int(),
  totalCount: z.int(),
});

/** As Kyma's Environment Broker has it. */
const runtimeSchema = z.strictObject({
  ...BROKER_FIELDS,
  runtimeID: z.uuid(),
  status: z.strictObject({
    createdAt: timestamp,
    modifiedAt: timestamp,
    state: z.string(),
    provisioning: runtimeOperation.optional(),
    deprovisioning: runtimeOperation.optional(),
    upgradingKyma: runtimeOperations.optional(),
    upgradingCluster: runtimeOperations.optional(),
  }),
});
export type RuntimeOfFleet = z.infer<typeof runtimeSchema>;

const counts = z.array(z.strictObject({ key: z.string().nullable(), count: z.int() }));
const fleetSchema = z.strictObject({
  runtimes: z.int(),
  byState: counts,
  byPlan: counts,
  byRegion: counts,
  byKymaVersion: counts,
  byKubernetesVersion: counts,
  leftOut: z.record(z.string(), z.int()),
  windows: z
    .strictObject({
      policyVersion: z.int(),
      groups: z.array(z.looseObject({ zone: z.string(), runtimes: z.int() })),
      withoutWindow: z.record(z.string(), z.int()),
    })
    .nullable(),
  policy: z.strictObject({
    version: z.int(),
    freezes: z
      .array(
        z.strictObject({
          ...{ index: z.int(), name: z.string(), reason: z.string() },
          ...{ from: timestamp, to: timestamp, runtimes: z.int().nullable() },
        }),
      )
      .nullable(),
  }),
  inventory: z.strictObject({
    asOf: timestamp.nullable(),
    ageSeconds: z.int().nullable(),
    failure: z.strictObject({ at: timestamp, message: z.string() }).nullable(),
  }),
});

const summarySchema = z.strictObject({
  orchestrationID: z.uuid(),
  by: z.string(),
  total: z.int(),
  groups: z.array(
    z.strictObject({
      key: z.string().nullable(),
      name: z.string().optional(),
      total: z.int(),
      states: z.record(z.string(), z.int()),
    }),
  ),
  others: z.int(),
});

const failuresSchema = z.strictObject({
  data: z.array(
    z.strictObject({
      cause: z.string(),
      code: z.string().nullable(),
      message: z.string(),
      example: z.string(),
      count: z.int(),
      first: timestamp,
      last: timestamp,
      operations: z.array(
        z.strictObject({ operationID: z.uuid(), runtimeID: z.uuid(), shootName: z.string() }),
      ),
    }),
  ),
  count: z.int(),
  totalCount: z.int(),
  others: z.int(),
});

const retrySchema = z.strictObject({
  orchestrationID: z.uuid(),
  retryOperations: z.array(z.string()).nullable(),
  oldOperations: z.array(z.string()).nullable(),
  invalidOperations: z.array(z.string()).nullable(),
  msg: z.string(),
});

export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** A request for all runtimes, at once, with so many workers. */
export function everything(workers: number, changes: object = {}): object {
  return {
    targets: { include: [{ target: 'all' }] },
    strategy: { type: 'parallel', schedule: 'immediate', parallel: { workers } },
    ...changes,
  };
}

/** States that nothing but a retry leads out of. */
export const FINAL_STATES = ['succeeded', 'failed', 'canceled'];

export class Rest {
  constructor(
    readonly url: string,
    readonly token: string,
  ) {}

  async request(
    method: string,
    path: string,
    init: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...init.headers },
      body: init.body,
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  async post(path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
    return await this.request('POST', path, {
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  /** A21: answers the ID of the new orchestration. */
  async create(body: object, type: 'kyma' | 'cluster' = 'kyma'): Promise<string> {
    const answer = expectStatus(202, await this.post(`/upgrade/${type}`, body));
    return z.strictObject({ orchestrationID: z.uuid() }).parse(answer.body).orchestrationID;
  }

  async orchestration(id: string): Promise<Orchestration> {
    const answer = expectStatus(200, await this.request('GET', `/orchestrations/${id}`));
    return orchestrationSchema.parse(answer.body);
  }

  async orchestrations(): Promise<Orchestration[]> {
    const answer = expectStatus(200, await this.request('GET', '/orchestrations'));
    return z.array(orchestrationSchema).parse(answer.body);
  }

  /** One page; the first hundred by default. */
  async page(id: string, query = ''): Promise<z.infer<typeof pageSchema>> {
    const answer = expectStatus(200, await this.request('GET', `/orchestrations/${id}/operations${query}`));
    return pageSchema.parse(answer.body);
  }

  /** All operations in plan order. */
  async operations(id: string): Promise<Operation[]> {
    const operations: Operation[] = [];
    for (let page = 1; ; page += 1) {
      const { data, totalCount } = await this.page(id, `?page=${page}&page_size=100`);
      operations.push(...data);
      if (data.length === 0 || operations.length >= totalCount) return operations;
    }
  }

  async operation(id: string, operationID: string): Promise<OperationDetail> {
    const answer = expectStatus(
      200,
      await this.request('GET', `/orchestrations/${id}/operations/${operationID}`),
    );
    return operationDetailSchema.parse(answer.body);
  }

  /** All events, those of one operation when it is named. */
  async events(id: string, operationID?: string): Promise<NamedEvent[]> {
    const only = operationID === undefined ? '' : `&operationID=${operationID}`;
    const schema = z.strictObject({
      data: z.array(namedEventSchema),
      count: z.number(),
      totalCount: z.number(),
    });
    const events: NamedEvent[] = [];
    for (let page = 1; ; page += 1) {
      const path = `/orchestrations/${id}/events?page=${page}&page_size=100${only}`;
      const { data, totalCount } = schema.parse(expectStatus(200, await this.request('GET', path)).body);
      events.push(...data);
      if (data.length === 0 || events.length >= totalCount) return events;
    }
  }

  async cancel(id: string): Promise<void> {
    const answer = expectStatus(200, await this.request('PUT', `/orchestrations/${id}/cancel`));
    z.strictObject({ orchestrationID: z.literal(id) }).parse(answer.body);
  }

  /** A command with a reason. */
  async command(path: string, wanted: object = {}): Promise<unknown> {
    const body = JSON.stringify({ reason: 'for the test', ...wanted });
    const headers = { 'content-type': 'application/json' };
    return expectStatus(200, await this.request('PUT', path, { headers, body })).body;
  }

  async queue(): Promise<z.infer<typeof queueSchema>> {
    return queueSchema.parse(expectStatus(200, await this.request('GET', '/queue')).body);
  }

  /** All runtimes of the inventory, by pages. */
  async runtimes(query = ''): Promise<RuntimeOfFleet[]> {
    const schema = z.strictObject({
      data: z.array(runtimeSchema),
      count: z.int(),
      totalCount: z.int(),
      asOf: timestamp,
    });
    const runtimes: RuntimeOfFleet[] = [];
    for (let page = 1; ; page += 1) {
      const path = `/runtimes?page=${page}&page_size=15${query}`;
      const { data, totalCount } = schema.parse(expectStatus(200, await this.request('GET', path)).body);
      runtimes.push(...data);
      if (runtimes.length >= totalCount) return runtimes;
    }
  }

  async fleet(): Promise<z.infer<typeof fleetSchema>> {
    return fleetSchema.parse(expectStatus(200, await this.request('GET', '/fleet')).body);
  }

  async summary(id: string, by: string): Promise<z.infer<typeof summarySchema>> {
    const path = `/orchestrations/${id}/summary?by=${by}`;
    return summarySchema.parse(expectStatus(200, await this.request('GET', path)).body);
  }

  async failures(id: string): Promise<z.infer<typeof failuresSchema>> {
    const path = `/orchestrations/${id}/failures`;
    return failuresSchema.parse(expectStatus(200, await this.request('GET', path)).body);
  }

  /** Form-encoded; without IDs all failed operations are meant. */
  async retry(id: string, operationIDs: string[] = []): Promise<z.infer<typeof retrySchema>> {
    const body = new URLSearchParams(
      operationIDs.map((operationID) => ['operation-id', operationID] as [string, string]),
    );
    const answer = await this.request('POST', `/orchestrations/${id}/retry`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: body.toString(),
    });
    return retrySchema.parse(expectStatus(202, answer).body);
  }

  /** Waits for a state. Fails at once when another final one is reached. */
  async reaches(id: string, state: string, limitMs = 60_000): Promise<Orchestration> {
    return await until(
      async () => {
        const now = await this.orchestration(id);
        if (now.state !== state && FINAL_STATES.includes(now.state)) {
          throw new Error(
            `The orchestration ended as ${now.state} (${now.description}), and not as ${state}`,
          );
        }
        return now.state === state ? now : undefined;
      },
      { what: `that orchestration ${id} is ${state}`, limitMs },
    );
  }
}

export function expectStatus(status: number, answer: Answer): Answer {
  if (answer.status === status) return answer;
  throw new Error(`Expected ${status}, got ${answer.status}: ${JSON.stringify(answer.body)}`);
}
