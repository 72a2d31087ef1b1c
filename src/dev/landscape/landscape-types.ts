/** Types that the parts of the simulated landscape share. */

export interface LandscapeOptions {
  /** Folder that keeps the journal, and the kubeconfig file unless told otherwise. */
  dataDir: string;
  /** TCP port on loopback; 0 (the default) takes a free one. */
  port?: number;
  /** Runtimes that may be upgraded; up to a million. */
  fleetSize: number;
  /** Shoots beyond the fleet that must be left out, by every reason in turn; default 1 % of the fleet, at least 5. */
  leftOut?: number;
  /** Same seed, same fleet; default 1. */
  seed?: number;
  /** How long one upgrade takes, in seconds. */
  upgradeSeconds: number;
  /** Share of upgrades that fail, 0 to 1, default 0; which ones is decided by the seed. */
  failureRate?: number;
  /** Milliseconds before every answer, default 0. */
  latencyMs?: number;
  /** Namespace of the Gardener project, default `garden-drydock`. */
  namespace?: string;
  /** Namespace of the overrides' ConfigMaps and Secrets, default `kcp-system`. */
  overridesNamespace?: string;
  /** Namespace of the objects of stacks, default `drydock-stacks`. */
  stacksNamespace?: string;
  /** Seconds after which a pod is ready, or has ended; default 1. */
  podSeconds?: number;
  /** Versions that overrides exist for. */
  kymaVersions?: string[];
  /** Age in seconds at which a continue token has expired, default 300, as with etcd's compaction. */
  continueTokenSeconds?: number;
  /** Refuse Provisioner requests without a `tenant` header, as the real one does; default false. */
  requireTenant?: boolean;
  /** Clock in milliseconds since 1970, for tests. */
  now?: () => number;
}

export type OperationType =
  | 'Provision'
  | 'ProvisionNoInstall'
  | 'Upgrade'
  | 'UpgradeShoot'
  | 'Deprovision'
  | 'DeprovisionNoInstall'
  | 'ReconnectRuntime'
  | 'Hibernate'
  /** By Gardener itself: the Provisioner knows nothing of it. */
  | 'Reconcile';

export type OperationResult = 'Succeeded' | 'Failed';

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** An operation of the Provisioner, or of Gardener itself, as it was accepted; its progress follows from the clock. */
export interface AcceptedOperation {
  id: string;
  runtimeID: string;
  operation: OperationType;
  /** False for an operation that the landscape started on its own, to keep a runtime busy. */
  requested: boolean;
  /** The request, secrets masked. */
  config: Json;
  /** The caller's `tenant` header. */
  tenant: string;
  /** Milliseconds since 1970. */
  acceptedAt: number;
  /** Milliseconds; null runs until somebody ends it. */
  durationMs: number | null;
  result: OperationResult;
  /** Why it fails. */
  reason: string;
  /** Of a Reconcile that a change of the Shoot has begun. */
  generation?: number;
  /** Milliseconds at its begin in which Gardener meets errors, and tries again. */
  errorMs?: number;
  /** Milliseconds after its end in which the Shoot is not healthy. */
  unhealthyMs?: number;
}

/** Behaviour of the upgrades of one runtime; a field that is absent follows the landscape's default. */
export interface RuntimeBehaviour {
  /** Requests are refused with this message. */
  refuse?: string;
  /** Upgrades fail with this message. */
  fail?: string;
  /** Seconds an upgrade takes. */
  seconds?: number;
  /** Upgrades run until they are ended through the admin API. */
  hold?: boolean;
  /** Seconds in which Gardener meets errors at first. */
  errorSeconds?: number;
  /** Seconds after Gardener's work in which the Shoot is not healthy. */
  unhealthySeconds?: number;
  /** So many patches of the Shoot come too late: somebody else changes it right before. */
  rivals?: number;
}

/** An object of a stack as the Kubernetes API keeps it; what a controller would write follows from the clock. */
export interface StoredObject {
  /** Like `statefulsets`. */
  resource: string;
  name: string;
  /** Without status and resource version. */
  manifest: JsonObject;
  resourceVersion: number;
  /** Milliseconds since 1970 at which its specification was last changed. */
  changedAt: number;
  /** For a StatefulSet: its replicas and the name of its template before that change. */
  before: { replicas: number; revision: string };
  /** Milliseconds since 1970 at which its end was asked for; it stands until its pods have ended, or nothing uses it. */
  deletedAt?: number;
  /** Its pod was killed, until then in milliseconds since 1970; null until it is revived or changed. */
  killed?: { until: number | null };
}

/** One line of the journal. */
export type JournalRecord =
  | { type: 'object'; object: StoredObject }
  | { type: 'object removed'; resource: string; name: string }
  | { type: 'accepted'; operation: AcceptedOperation }
  | { type: 'ended'; id: string; at: number; result: OperationResult; reason: string }
  | { type: 'forgotten'; id: string; at: number }
  | { type: 'behaviour'; runtimeID: string; behaviour: RuntimeBehaviour }
  /** `sent` and `at` (ms since 1970) only when it came through the Kubernetes API. */
  | { type: 'patched'; shootName: string; patch: JsonObject; sent?: JsonObject; at?: number };
