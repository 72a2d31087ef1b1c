/** Measures deciding and planning by themselves: without a server, and before the process holds anything else. */
import { compilePolicy } from '../../domain/upgrades/compiled-policy.ts';
import { decide, type Loop } from '../../domain/upgrades/loop-steps.ts';
import type { OrchestrationParameters } from '../../domain/upgrades/orchestration-parameters.ts';
import { parseMaintenancePolicy } from '../../domain/upgrades/policy-schema.ts';
import { projectionBasis, projectPlan } from '../../domain/upgrades/projection-of-plans.ts';
import { planRollout } from '../../domain/upgrades/rollout-plan.ts';
import type { Runtime } from '../../domain/upgrades/runtime.ts';
import { atOnce } from '../../domain/slices.ts';

const FROM_MS = Date.parse('2026-01-14T10:00:00Z');
const IN_FLIGHT = 1_000;
const KEYS = 500;
const ROUNDS = 200;

/** The median of one decision with 1,000 in flight, 1,000 lines that wait, and 500 keys, in ms. */
export function measureDecision(): number {
  const keysOf = (index: number) => ({ account: `account-${index % KEYS}` });
  const loop: Loop = {
    workers: IN_FLIGHT + 1,
    limits: { perGlobalAccount: IN_FLIGHT / KEYS },
    flights: Array.from({ length: IN_FLIGHT }, (_, index) => ({
      operationID: `flight-${index}`,
      releasing: false,
      isStarted: true,
      keys: keysOf(index),
    })),
    lines: Array.from({ length: IN_FLIGHT }, (_, index) => ({
      operationID: `line-${index}`,
      keys: keysOf(index),
    })),
    isExhausted: true,
    isKnownEmpty: false,
    chores: 0,
    isCanceling: false,
    isControlUnread: false,
    isBehind: false,
    isHistoryLong: false,
  };
  const taken = Array.from({ length: ROUNDS }, () => {
    const begin = performance.now();
    decide(loop, FROM_MS);
    return performance.now() - begin;
  });
  return taken.sort((a, b) => a - b)[ROUNDS / 2] ?? NaN;
}

export interface MeasuredPlanning {
  seconds: number;
  /** The most memory of this process so far, in MB. */
  megabytes: number;
}

/** Plans so many runtimes over three waves in five zones, and projects the plan. */
export function measurePlanning(count: number): MeasuredPlanning {
  const { policy } = parseMaintenancePolicy({ rules: RULES });
  if (!policy) throw new Error('The policy of the benchmark is refused');
  const fleet = { runtimes: Array.from({ length: count }, (_, index) => runtime(index)), excluded: [] };
  const begin = performance.now();
  const compiled = compilePolicy(policy);
  const { operations } = planRollout(fleet, { parameters: PARAMETERS }, compiled, FROM_MS);
  const basis = projectionBasis({ type: 'upgradeKyma', dryRun: false }, []);
  atOnce(projectPlan({ parameters: PARAMETERS }, operations, compiled, basis, FROM_MS));
  if (operations.length !== count) throw new Error(`Only ${operations.length} of ${count} were planned`);
  const seconds = (performance.now() - begin) / 1000;
  return { seconds, megabytes: (process.resourceUsage().maxRSS * 1024) / 1_000_000 };
}

const ZONES = ['Asia/Tokyo', 'Europe/Berlin', 'Europe/London', 'America/New_York', 'America/Los_Angeles'];
const RULES = ZONES.map((timeZone, zone) => ({
  match: { region: `region-${zone}` },
  days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
  timeBegin: '220000',
  timeEnd: '040000',
  timeZone,
}));

const PARAMETERS: OrchestrationParameters = {
  targets: { include: [{ target: 'all' }] },
  strategy: {
    type: 'parallel',
    schedule: 'maintenanceWindow',
    parallel: { workers: 500 },
    waves: [
      { name: 'canary', percent: 1 },
      { name: 'early', percent: 20 },
    ],
  },
  dryRun: false,
  kyma: { version: '2.20.5' },
};

function runtime(index: number): Runtime {
  return {
    runtimeID: `runtime-${index}`,
    shootName: `b-${index}`,
    globalAccountID: `account-${index % (KEYS * 40)}`,
    subAccountID: `sub-${index}`,
    instanceID: `instance-${index}`,
    servicePlanID: 'plan',
    servicePlanName: 'azure',
    region: `region-${index % ZONES.length}`,
    maintenanceWindow: { begin: '220000+0000', end: '020000+0000' },
  };
}
