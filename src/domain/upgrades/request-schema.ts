/**
 * The bodies of POST /upgrade/kyma and POST /upgrade/cluster. Existing clients are written in Go and send zero values: an
 * empty string, a null or 0 workers means "not given" and gets the default. Fields of such clients that ask for something
 * that is not offered are accepted while they hold their zero value, and refused otherwise: nothing is dropped in silence.
 */
import { z } from 'zod';
import { ANY_OBJECT, fieldAt } from '../input-checks.ts';
import { limitsSchema, toLimits } from './limits-schema.ts';
import { laneSchema } from './lane-schema.ts';
import { givenWorkers } from './number-schema.ts';
import { operationRules, toOperationRules } from './operation-rules-schema.ts';
import { reasonSchema } from './reason-schema.ts';
import { ON_PLAN_CHANGE, type OrchestrationParameters } from './orchestration-parameters.ts';
import { readMoment } from './policy-times.ts';
import { checkPatterns, givenText, normalizeTargets, targetsSchema } from './selector-schema.ts';
import { isKubernetesVersion, isKymaVersion } from './versions.ts';
import { failureBudgetSchema, isScopeKnown, toFailureBudget, toWaves, wavesSchema } from './wave-schema.ts';

export { formatIssues, type InputIssue } from '../issues.ts';

/** The versions to upgrade to when a request names none. */
export interface RequestDefaults {
  kymaVersion: string;
  kubernetes: NonNullable<OrchestrationParameters['kubernetes']>;
}

/** Go's zero time. */
const ZERO_TIME = '0001-01-01T00:00:00Z';
const ALL = { targets: { include: [{ target: 'all' }] } };

const parallel = z.strictObject({
  workers: givenWorkers('Operations executed at the same time; 0 means the default, 1.', 5),
});

const strategy = z
  .strictObject({
    type: z
      .enum(['parallel', ''], { error: 'must be "parallel", the only strategy there is' })
      .nullish()
      .meta({ description: 'The only strategy, and the default.', examples: ['parallel'] }),
    schedule: z
      .enum(['immediate', 'maintenanceWindow', 'now', ''], {
        error: 'must be "immediate" or "maintenanceWindow"',
      })
      .nullish()
      .meta({
        description:
          'At once, or each runtime in its own maintenance window. "now" is an older word for "immediate".',
        examples: ['maintenanceWindow'],
      }),
    parallel: parallel.nullish(),
    until: givenText(
      'With the schedule "maintenanceWindow": what has no window that begins before then is not upgraded. RFC 3339; 30 days after the turn by default.',
      '2030-12-18T00:00:00Z',
    ).refine((text) => !text || readMoment(text)?.hasOffset === true, {
      error: 'must be an RFC 3339 time with an offset, like 2030-12-18T00:00:00Z',
    }),
    lane: laneSchema,
    waves: wavesSchema,
    failureBudget: failureBudgetSchema,
    limits: limitsSchema,
    ...operationRules,
    maintenanceWindow: z
      .boolean()
      .nullish()
      .meta({ description: 'Sent by existing clients; true means the schedule "maintenanceWindow".' }),
    ScheduleTime: z
      .enum(['', ZERO_TIME], {
        error:
          'must be left out: orchestrations start when it is their turn, no time of day can be asked for',
      })
      .nullish()
      .meta({ description: 'Sent by existing clients as zero time; no other value is accepted.' }),
  })
  .refine((given) => !given.until || isInWindow(given), {
    error: 'must be left out: only the schedule "maintenanceWindow" waits for anything',
    path: ['until'],
  })
  .refine(isScopeKnown, {
    error: 'must be "all" in a request without waves',
    path: ['failureBudget', 'scope'],
    ...ANY_OBJECT,
  })
  .meta({
    description: 'How the operations are scheduled; parallel, immediate and 1 worker by default.',
  });

const retryoperation = z
  .strictObject({
    retryoperations: z
      .array(z.string())
      .max(0, { error: 'must be left out; use POST /orchestrations/{id}/retry' })
      .nullish(),
    immediate: z
      .literal([false, 'false', ''], { error: 'must be left out; use POST /orchestrations/{id}/retry' })
      .nullish()
      // Of several literals the generated API description would show the first one only.
      .meta({ type: ['boolean', 'string', 'null'], enum: [false, 'false', '', null] }),
  })
  .meta({ description: 'Sent empty by existing clients; nothing in it is accepted.' });

const kyma = z
  .strictObject({
    version: givenText('Kyma version: semantic, PR-<number> or <branch>-<commit>.', '2.20.5').refine(
      (version) => !version || isKymaVersion(version),
      {
        error:
          'must be a semantic version like 2.20.5, PR-<number>, or <branch>-<commit>, of at most 45 characters',
      },
    ),
  })
  .meta({ description: 'What to upgrade Kyma to; the configured version by default.' });

const imageText = (description: string, example: string) =>
  givenText(description, example).refine((text) => !text || /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text), {
    error: 'must consist of letters, digits, ".", "_" and "-", and begin with a letter or digit',
  });

const kubernetes = z
  .strictObject({
    kubernetesVersion: givenText('Kubernetes version.', '1.27.4').refine(
      (version) => !version || isKubernetesVersion(version),
      { error: 'must be a Kubernetes version like 1.27.4' },
    ),
    machineImage: imageText('Name of the machine image.', 'gardenlinux'),
    machineImageVersion: imageText('Version of the machine image.', '934.11.0'),
  })
  .meta({ description: 'What to upgrade the cluster to; the configured versions by default.' });

const shared = {
  targets: targetsSchema,
  strategy: strategy.nullish(),
  dryRun: z
    .boolean()
    .nullish()
    .meta({ description: 'Do everything but the request to the Provisioner.', examples: [true] }),
  notification: z
    .literal(false, { error: 'must be left out: customers are not notified by this service' })
    .nullish()
    .meta({
      enum: [false, null],
      description: 'Sent by existing clients; only false is accepted.',
    }),
  retryoperation: retryoperation.nullish(),
  planHash: givenText(
    'Hash of a kept plan: nothing is created unless the request and the rules of the maintenance policy are those of the plan.',
    'a3f5b0c41e7d9286a3f5b0c41e7d9286a3f5b0c41e7d9286a3f5b0c41e7d9286',
  ).refine((text) => !text || /^[0-9a-f]{64}$/.test(text), {
    error: 'must be the planHash of a plan, 64 hexadecimal digits in lower case',
  }),
  reason: reasonSchema.nullish().meta({
    description:
      'Why, for those who find the orchestration. A plan keeps none, nor is it part of a planHash.',
    examples: ['Security fix of Istio, CHG0042'],
  }),
  onPlanChange: z
    .enum([...ON_PLAN_CHANGE, ''], { error: 'must be "pause" or "continue"' })
    .nullish()
    .meta({
      description:
        'With a planHash: what follows when the fleet differs from the plan once it is the turn of the orchestration. It is paused by default, before anything begins.',
      examples: ['pause'],
    }),
};

/** A plan is what such a hash comes from. */
const withoutHash = z
  .literal('', { error: 'must be left out: a plan gets a planHash of its own, for the request that follows' })
  .nullish()
  .meta({ enum: ['', null], description: 'Not for this request; zero values are accepted.' });

/** The purpose of a body: to be carried out, or to be planned only. */
export type RequestPurpose = 'upgrade' | 'plan';

function sharedFor(purpose: RequestPurpose) {
  return purpose === 'upgrade' ? shared : { ...shared, planHash: withoutHash, onPlanChange: withoutHash };
}

const NEEDS_HASH = {
  error: 'must be left out without a planHash: there is no plan that could change',
  path: ['onPlanChange'],
};

function onlyWithHash({
  planHash,
  onPlanChange,
}: {
  planHash?: string | null;
  onPlanChange?: string | null;
}) {
  return !onPlanChange || Boolean(planHash);
}

/** Arguments of `superRefine`. */
const checkingPatterns = [
  (body: unknown, context: z.RefinementCtx): void => {
    const waves = fieldAt(fieldAt(body, 'strategy'), 'waves');
    const ofWaves = (Array.isArray(waves) ? waves : []).map(
      (wave: unknown, index): [(string | number)[], unknown] => [
        ['strategy', 'waves', index, 'targets'],
        fieldAt(wave, 'targets'),
      ],
    );
    checkPatterns([[['targets'], fieldAt(body, 'targets')], ...ofWaves], (path, message) =>
      context.addIssue({ code: 'custom', path, message }),
    );
  },
  ANY_OBJECT,
] as const;

/** Refuses what belongs to the other endpoint, unless it holds zero values only. */
function zeroOnly<T extends z.ZodType<Record<string, unknown>>>(schema: T, endpoint: string) {
  return schema
    .nullish()
    .refine((given) => !given || Object.values(given).every((value) => !value), {
      error: `does not belong to this request; send it to POST ${endpoint}`,
    })
    .meta({ description: `Not for this request (use POST ${endpoint}); zero values are accepted.` });
}

/** Body of POST /upgrade/kyma (A18, A20 to A38), parsed to parameters with every default filled in (A50). */
export function upgradeKymaRequest(defaults: RequestDefaults, purpose: RequestPurpose = 'upgrade') {
  return z
    .strictObject({
      ...sharedFor(purpose),
      kyma: kyma.nullish(),
      kubernetes: zeroOnly(kubernetes, '/upgrade/cluster'),
    })
    .refine(onlyWithHash, NEEDS_HASH)
    .superRefine(...checkingPatterns)
    .meta({ examples: [{ ...ALL, dryRun: true }, kymaExample(defaults.kymaVersion)] })
    .transform((body): OrchestrationParameters => ({
      ...normalizeShared(body),
      kyma: { version: body.kyma?.version || defaults.kymaVersion },
    }));
}

/** Body of POST /upgrade/cluster, parsed to parameters with every default filled in (A50). */
export function upgradeClusterRequest(defaults: RequestDefaults, purpose: RequestPurpose = 'upgrade') {
  return z
    .strictObject({
      ...sharedFor(purpose),
      kubernetes: kubernetes.nullish(),
      kyma: zeroOnly(kyma, '/upgrade/kyma'),
    })
    .refine(onlyWithHash, NEEDS_HASH)
    .superRefine(...checkingPatterns)
    .meta({ examples: [{ ...ALL, kubernetes: { kubernetesVersion: '1.27.4' } }] })
    .transform((body, context): OrchestrationParameters => {
      const versions = withDefaults(body.kubernetes ?? {}, defaults.kubernetes);
      if (Object.keys(versions).length === 0) {
        const message =
          'must name a kubernetesVersion, machineImage or machineImageVersion: no default is configured';
        context.addIssue({ code: 'custom', path: ['kubernetes'], message });
      }
      return { ...normalizeShared(body), kubernetes: versions };
    });
}

function kymaExample(version: string) {
  return {
    targets: { include: [{ planName: 'azure', region: '^europe' }], exclude: [{ shoot: 'c-3a3xdaf' }] },
    strategy: { type: 'parallel', schedule: 'maintenanceWindow', parallel: { workers: 5 } },
    kyma: { version },
  };
}

type Shared = z.infer<z.ZodObject<typeof shared>>;

function normalizeShared(body: Shared): Omit<OrchestrationParameters, 'kyma' | 'kubernetes'> {
  const until = body.strategy?.until ? readMoment(body.strategy.until) : undefined;
  const waves = toWaves(body.strategy?.waves);
  const failureBudget = toFailureBudget(body.strategy?.failureBudget);
  const limits = toLimits(body.strategy?.limits);
  return {
    targets: normalizeTargets(body.targets),
    strategy: {
      type: 'parallel',
      schedule: isInWindow(body.strategy) ? 'maintenanceWindow' : 'immediate',
      parallel: { workers: body.strategy?.parallel?.workers || 1 },
      ...(until && { until: new Date(until.ms).toISOString() }),
      ...(body.strategy?.lane && { lane: body.strategy.lane }),
      ...(waves && { waves }),
      ...(failureBudget && { failureBudget }),
      ...(limits && { limits }),
      ...(body.strategy && toOperationRules(body.strategy)),
    },
    dryRun: body.dryRun ?? false,
    ...(body.planHash && { planHash: body.planHash, onPlanChange: body.onPlanChange || 'pause' }),
  };
}

function isInWindow(
  given: { schedule?: string | null; maintenanceWindow?: boolean | null } | null | undefined,
): boolean {
  return given?.schedule === 'maintenanceWindow' || given?.maintenanceWindow === true;
}

function withDefaults(
  given: z.infer<typeof kubernetes>,
  defaults: RequestDefaults['kubernetes'],
): RequestDefaults['kubernetes'] {
  const merged = {
    kubernetesVersion: given.kubernetesVersion || defaults.kubernetesVersion,
    machineImage: given.machineImage || defaults.machineImage,
    machineImageVersion: given.machineImageVersion || defaults.machineImageVersion,
  };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => Boolean(value)));
}
