/** The parts of the service's answers that commands read. Unknown fields stay, for `-o json`. */
import { z } from 'zod';

const instant = z.string().nullish();

const wait = z.looseObject({ code: z.string(), message: z.string(), until: z.string().optional() });
const waitingSchema = wait.extend({ then: z.array(wait).optional() }).nullish();

const pauseSchema = z.looseObject({
  code: z.string(),
  by: z.string().nullish(),
  reason: z.string().nullish(),
  since: z.string(),
});

const questionSchema = z.looseObject({ number: z.number(), stands: z.boolean(), expiresAt: instant });

const budgetSchema = z
  .looseObject({ max: z.number(), failed: z.number(), failedAtPause: z.number().nullish() })
  .nullish();

export const waveSchema = z.looseObject({
  name: z.string(),
  phase: z.string(),
  size: z.number(),
  pending: z.number(),
  inProgress: z.number(),
  succeeded: z.number(),
  failed: z.number(),
  canceled: z.number(),
  failureBudget: budgetSchema,
  soakUntil: instant,
  question: questionSchema.nullish(),
});
export type Wave = z.infer<typeof waveSchema>;

const etaSchema = z.looseObject({ earliest: instant, latest: instant }).nullish();

const progressSchema = z.looseObject({
  done: z.number(),
  total: z.number().nullable(),
  failed: z.number(),
  inFlight: z.number(),
  unsent: z.number().default(0),
  inFlightSince: instant,
  drained: z.looseObject({ latest: z.string(), overdue: z.number() }).nullish(),
  eta: etaSchema,
});

const parametersSchema = z.looseObject({
  dryRun: z.boolean().optional(),
  kyma: z.looseObject({ version: z.string().optional() }).optional(),
  kubernetes: z.looseObject({ kubernetesVersion: z.string().optional() }).optional(),
  strategy: z.looseObject({ schedule: z.string().optional(), lane: z.string().optional() }).optional(),
});

export const orchestrationSchema = z.looseObject({
  orchestrationID: z.string(),
  type: z.string(),
  state: z.string(),
  description: z.string(),
  waitingFor: waitingSchema,
  progress: progressSchema,
  workers: z.number(),
  paused: z.boolean(),
  pauses: z.array(pauseSchema),
  createdAt: z.string(),
  createdBy: z.string().nullish(),
  reason: z.string().nullish(),
  updatedAt: z.string(),
  operationStats: z.record(z.string(), z.number()).nullish(),
  failureBudget: budgetSchema,
  waves: z.array(waveSchema).optional(),
  canceled: z.looseObject({ by: z.string(), at: instant, reason: z.string() }).nullish(),
  planChanges: z.looseObject({ description: z.string() }).nullish(),
  parameters: parametersSchema.optional(),
});
export type Orchestration = z.infer<typeof orchestrationSchema>;

export const operationSchema = z.looseObject({
  operationID: z.string(),
  runtimeID: z.string(),
  shootName: z.string(),
  globalAccountID: z.string(),
  servicePlanName: z.string(),
  region: z.string().nullish(),
  state: z.string(),
  description: z.string(),
  waitingFor: waitingSchema,
  attempts: z.number(),
  startedAt: instant,
  finishedAt: instant,
});
export type Operation = z.infer<typeof operationSchema>;

export const eventSchema = z.looseObject({
  eventID: z.number(),
  operationID: z.string().nullish(),
  at: z.string(),
  actor: z.string(),
  kind: z.string(),
  fromState: z.string().nullish(),
  toState: z.string().nullish(),
  reason: z.string().nullish(),
});
export type Event = z.infer<typeof eventSchema>;

export const failureSchema = z.looseObject({
  cause: z.string(),
  code: z.string().nullish(),
  message: z.string(),
  example: z.string(),
  count: z.number(),
  first: z.string(),
  last: z.string(),
});

export const controlledSchema = z.looseObject({
  orchestrationID: z.string(),
  workers: z.number(),
  paused: z.boolean(),
  pauses: z.array(pauseSchema),
  revision: z.number(),
});

export const createdSchema = z.looseObject({ orchestrationID: z.string() });

export const retrySchema = z.looseObject({
  orchestrationID: z.string(),
  retryOperations: z.array(z.string()).nullable(),
  oldOperations: z.array(z.string()).nullish(),
  invalidOperations: z.array(z.string()).nullish(),
  msg: z.string(),
});

const planCounts = z.looseObject({
  entries: z.array(z.looseObject({ key: z.string(), count: z.number() })),
  rest: z.number(),
});

export const planSchema = z.looseObject({
  planID: z.string(),
  type: z.string(),
  state: z.string(),
  description: z.string(),
  planHash: z.string().nullish(),
  summary: z
    .looseObject({
      operations: z.number(),
      byPlan: planCounts,
      byRegion: planCounts,
      byWave: z.array(z.looseObject({ name: z.string(), operations: z.number().optional() })),
      leftOut: z.record(z.string(), z.number()),
      notSelected: z.number(),
      projection: z.looseObject({ begin: instant, end: instant, unplaced: z.number() }),
    })
    .nullish(),
});
export type Plan = z.infer<typeof planSchema>;

const runtimeOperations = z
  .looseObject({
    data: z.array(
      z.looseObject({
        operationID: z.string(),
        orchestrationID: z.string().optional(),
        state: z.string(),
        description: z.string(),
        updatedAt: z.string(),
        runtimeVersion: z.string(),
      }),
    ),
    totalCount: z.number(),
  })
  .optional();

export const runtimeSchema = z.looseObject({
  instanceID: z.string(),
  runtimeID: z.string(),
  globalAccountID: z.string(),
  subAccountID: z.string(),
  region: z.string(),
  shootName: z.string(),
  servicePlanName: z.string(),
  provider: z.string(),
  kymaVersion: z.string().optional(),
  status: z.looseObject({
    createdAt: z.string(),
    modifiedAt: z.string(),
    state: z.string(),
    upgradingKyma: runtimeOperations,
    upgradingCluster: runtimeOperations,
  }),
});
export type Runtime = z.infer<typeof runtimeSchema>;

export const runtimeInPlanSchema = z.looseObject({
  runtimeID: z.string(),
  kind: z.string(),
  message: z.string(),
  shootName: z.string().nullish(),
  reason: z.string().nullish(),
  operationID: z.string().nullish(),
});

export const excludedSchema = z.looseObject({
  shootName: z.string(),
  runtimeID: z.string().nullish(),
  reason: z.string(),
  message: z.string(),
});

export const queueSchema = z.looseObject({
  paused: z.looseObject({ by: z.string(), reason: z.string(), since: z.string() }).nullish(),
  lanes: z.array(
    z.looseObject({
      name: z.string(),
      cap: z.number(),
      holder: z
        .looseObject({
          orchestrationID: z.string(),
          type: z.string().optional(),
          parameters: parametersSchema.optional(),
          state: z.string(),
          since: instant,
          createdBy: z.string().optional(),
          pauses: z.array(pauseSchema),
          eta: etaSchema,
        })
        .nullable(),
      waiting: z.number(),
      first: z.array(
        z.looseObject({
          position: z.number(),
          orchestrationID: z.string(),
          type: z.string(),
          parameters: parametersSchema.optional(),
          state: z.string(),
          createdBy: z.string(),
          queuedAt: z.string(),
          waitingFor: waitingSchema,
        }),
      ),
    }),
  ),
});

export const stackSchema = z.looseObject({
  name: z.string(),
  description: z.string(),
  status: z.string(),
  status_timestamp: z.string(),
  user: z.string(),
  oplans: z.array(
    z.looseObject({
      label: z.string(),
      obj_type: z.string(),
      status: z.string(),
      info: z.looseObject({ errors: z.record(z.string(), z.string()) }),
    }),
  ),
  info: z.looseObject({ errors: z.record(z.string(), z.string()) }),
});
export type Stack = z.infer<typeof stackSchema>;
