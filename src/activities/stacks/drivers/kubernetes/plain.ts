/** The package's models as plain objects: it reads and writes them by their fields, and makes no use of their classes. */
import type {
  CoreV1Event,
  V1NetworkPolicy,
  V1ObjectMeta,
  V1PersistentVolumeClaim,
  V1Pod,
  V1ResourceRequirements,
  V1Service,
  V1StatefulSet,
  V1Volume,
  V1VolumeMount,
} from '@kubernetes/client-node';

type Plain<T> = T extends Date
  ? Date
  : T extends readonly (infer E)[]
    ? Plain<E>[]
    : T extends object
      ? { [K in keyof T]: Plain<T[K]> }
      : T;

export type Claim = Plain<V1PersistentVolumeClaim>;
export type ClusterEvent = Plain<CoreV1Event>;
export type Metadata = Plain<V1ObjectMeta>;
export type NetworkPolicy = Plain<V1NetworkPolicy>;
export type Pod = Plain<V1Pod>;
export type Resources = Plain<V1ResourceRequirements>;
export type Service = Plain<V1Service>;
export type StatefulSet = Plain<V1StatefulSet>;
export type Volume = Plain<V1Volume>;
export type VolumeMount = Plain<V1VolumeMount>;
