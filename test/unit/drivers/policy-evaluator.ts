/**
 * Traffic that NetworkPolicies let through, by
 * https://kubernetes.io/docs/concepts/services-networking/network-policies/: a pod that no policy selects for a
 * direction is open in it; one that is selected lets through what any rule of any of these policies permits. A
 * connection needs both ends. Only what Drydock writes is understood: selectors of pods in one namespace, and ports.
 */
import type { NetworkPolicy } from '../../../src/activities/stacks/drivers/kubernetes/plain.ts';

export type Labels = Record<string, string>;
/** Null is a host outside of the cluster. */
export type End = Labels | null;
export interface Port {
  protocol: string;
  port: number;
}

type Spec = NonNullable<NetworkPolicy['spec']>;
type Selector = NonNullable<Spec['podSelector']>;
interface Rule {
  peers: { podSelector?: Selector }[] | undefined;
  ports: { protocol?: string | undefined; port?: string | number | undefined }[] | undefined;
}

export function letsIn(policies: NetworkPolicy[], to: Labels, from: End, port: Port): boolean {
  return passes(policies, 'Ingress', to, from, port);
}

export function letsOut(policies: NetworkPolicy[], from: Labels, to: End, port: Port): boolean {
  return passes(policies, 'Egress', from, to, port);
}

function passes(
  policies: NetworkPolicy[],
  direction: 'Ingress' | 'Egress',
  pod: Labels,
  other: End,
  port: Port,
): boolean {
  const selecting = policies
    .map(({ spec }) => spec)
    .filter((spec) => spec !== undefined)
    .filter((spec) => typesOf(spec).includes(direction) && selects(spec.podSelector, pod));
  if (selecting.length === 0) return true;
  return selecting.flatMap((spec) => rulesOf(spec, direction)).some((rule) => matches(rule, other, port));
}

/** Ingress always by default, and egress when there are rules for it. */
function typesOf(spec: Spec): string[] {
  return spec.policyTypes ?? ['Ingress', ...((spec.egress ?? []).length > 0 ? ['Egress'] : [])];
}

function rulesOf(spec: Spec, direction: 'Ingress' | 'Egress'): Rule[] {
  if (direction === 'Ingress')
    return (spec.ingress ?? []).map(({ _from, ports }) => ({ peers: _from, ports }));
  return (spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
}

/** An empty or missing list of peers or ports matches all of them. */
function matches({ peers = [], ports = [] }: Rule, other: End, wanted: Port): boolean {
  const peer =
    peers.length === 0 || peers.some(({ podSelector }) => other !== null && selects(podSelector, other));
  const port =
    ports.length === 0 ||
    ports.some(
      (one) => (one.protocol ?? 'TCP') === wanted.protocol && (one.port ?? wanted.port) === wanted.port,
    );
  return peer && port;
}

/** An empty selector selects every pod; all its requirements must hold. */
function selects(selector: Selector | undefined, labels: Labels): boolean {
  const equal = Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    (selector?.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      switch (operator) {
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        default:
          throw new Error(`${operator} is no operator of a selector`);
      }
    })
  );
}
