/** The request that the form of a new upgrade stands for. Pure. */
import type { components } from '../rest-types.ts';

export interface NewForm {
  type: 'kyma' | 'cluster';
  version: string;
  target: 'all' | 'planName' | 'region' | 'globalAccount' | 'shoot';
  /** The value sought in the field that `target` names; empty for all. */
  sought: string;
  /** Region left out, as a regular expression. */
  exceptRegion: string;
  schedule: 'immediate' | 'maintenanceWindow';
  workers: number;
  /** Runtimes of a first wave; 0 for none. */
  canary: number;
  soakMinutes: number;
  isApproved: boolean;
  /** Failures that are tolerated; empty for any number. */
  mayFail: string;
  isDryRun: boolean;
  /** Why, for those who find it; no part of what is planned. */
  reason: string;
}

export const EMPTY_FORM: NewForm = {
  type: 'kyma',
  version: '',
  target: 'all',
  sought: '',
  exceptRegion: '',
  schedule: 'maintenanceWindow',
  workers: 5,
  canary: 2,
  soakMinutes: 60,
  isApproved: true,
  mayFail: '3',
  isDryRun: false,
  reason: '',
};

type UpgradeRequest = Omit<
  components['schemas']['UpgradeKyma'] & components['schemas']['UpgradeCluster'],
  'planHash' | 'onPlanChange' | 'reason'
>;

/** Whether one is planned as the other is. */
export function isPlannedAlike(one: NewForm, other: NewForm): boolean {
  return JSON.stringify({ ...one, reason: '' }) === JSON.stringify({ ...other, reason: '' });
}

/** The body of the plan, and with its hash of the upgrade. */
export function requestOf(form: NewForm): UpgradeRequest {
  const { version, target, sought, exceptRegion, schedule, workers, mayFail } = form;
  const selector = target === 'all' ? { target: 'all' as const } : { [target]: sought.trim() };
  const except = exceptRegion.trim();
  const versions =
    form.type === 'kyma'
      ? { kyma: { version: version.trim() } }
      : { kubernetes: { kubernetesVersion: version.trim() } };
  return {
    targets: { include: [selector], ...(except !== '' && { exclude: [{ region: except }] }) },
    strategy: {
      type: 'parallel',
      schedule,
      parallel: { workers },
      ...(form.canary > 0 && { waves: [canaryOf(form)] }),
      ...(mayFail.trim() !== '' && { failureBudget: { max: Number(mayFail), onExceeded: 'pause' as const } }),
    },
    dryRun: form.isDryRun,
    ...(version.trim() !== '' && versions),
  };
}

function canaryOf({ canary, soakMinutes, isApproved }: NewForm) {
  return {
    name: 'canary',
    count: canary,
    ...(soakMinutes > 0 && { soakMinutes }),
    ...(isApproved && { approval: {} }),
  };
}

/** The sentence about what is missing before anything can be asked, or null. */
export function missingIn({ target, sought }: NewForm): string | null {
  return target !== 'all' && sought.trim() === '' ? 'Say which runtimes are meant.' : null;
}
