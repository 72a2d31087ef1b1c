import { fraction, hash, indexOfUuid, mix, pick, unmix, uuid } from './deterministic.ts';
import { shootManifest } from './shoot-manifest.ts';
import type { JsonObject } from './landscape-types.ts';

/** Why a Shoot beyond the fleet takes no part in upgrades; they follow each other in this order. */
export const LEFT_OUT_KINDS = [
  'no runtime ID',
  'being deleted',
  'hibernated',
  'never finished creating',
  'unreadable maintenance window',
] as const;
export type LeftOutKind = (typeof LEFT_OUT_KINDS)[number];

/** One Shoot in the simulated project, before anything happened to it. */
export interface FleetMember {
  index: number;
  shootName: string;
  runtimeID: string;
  uid: string;
  instanceID: string;
  globalAccountID: string;
  subAccountID: string;
  plan: Plan;
  region: string;
  window: { begin: string; end: string };
  kubernetesVersion: string;
  leftOut?: LeftOutKind;
}

export interface Plan {
  name: 'azure' | 'aws' | 'gcp' | 'trial';
  id: string;
  provider: 'azure' | 'aws' | 'gcp';
}

/** The Shoots of the simulated project, made when they are looked at. */
export interface Fleet {
  /** Shoots in the project, the left out ones included. */
  readonly shoots: number;
  /** Names in the order in which the API lists them. */
  nameAt(position: number): string;
  /** Position of the first name that is not before the given one. */
  positionOf(name: string): number;
  byName(shootName: string): FleetMember | undefined;
  byRuntimeID(runtimeID: string): FleetMember | undefined;
  /** The member whose provisioning had this operation ID. */
  byProvisionID(operationID: string): FleetMember | undefined;
  provisionID(member: FleetMember): string;
  manifest(member: FleetMember, namespace: string): JsonObject;
}

/** Purposes of hashes; values must never change, or every fleet changes with them. */
const FOR = { runtime: 1, provision: 2, instance: 3, uid: 4, account: 5, subAccount: 6 } as const;
const CHOICE = { account: 11, subAccount: 12, plan: 13, region: 14, minute: 15, version: 16 } as const;

/** Shoots that are left out start here, so that a larger fleet does not turn one of them into a runtime. */
const LEFT_OUT_OFFSET = 0x100_0000;
const ACCOUNTS = 40;

const PLANS: readonly [Plan, ...Plan[]] = [
  { name: 'azure', id: '4deee563-e5ec-4731-b9b1-53b42d855f0c', provider: 'azure' },
  { name: 'azure', id: '4deee563-e5ec-4731-b9b1-53b42d855f0c', provider: 'azure' },
  { name: 'aws', id: '361c511f-f939-4621-b228-d0fb79a1fe15', provider: 'aws' },
  { name: 'aws', id: '361c511f-f939-4621-b228-d0fb79a1fe15', provider: 'aws' },
  { name: 'gcp', id: 'ca6e5357-707f-4565-bbbc-b3ab732597c6', provider: 'gcp' },
  { name: 'trial', id: '7d55d31d-35ae-4438-bf13-6ffdfa107d9f', provider: 'azure' },
];

/** A region and its nightly window: hour and minute of local time, length in hours, and the zone's offset. */
type Region = readonly [name: string, hour: number, hours: number, offset: string];
const REGIONS: Record<Plan['provider'], readonly [Region, ...Region[]]> = {
  azure: [
    ['westeurope', 22, 4, '+0000'],
    ['eastus', 20, 4, '-0500'],
    ['japaneast', 1, 3, '+0900'],
    ['uksouth', 23, 2, '+0000'],
  ],
  aws: [
    ['eu-central-1', 22, 4, '+0000'],
    ['us-east-1', 3, 4, '+0000'],
    ['ap-southeast-1', 23, 4, '+0800'],
    ['sa-east-1', 22, 3, '-0300'],
  ],
  gcp: [
    ['europe-west3', 21, 5, '+0000'],
    ['us-central1', 2, 4, '-0600'],
    ['asia-south1', 1, 3, '+0530'],
  ],
};
const KUBERNETES_VERSIONS = ['1.27.8', '1.28.7', '1.28.9', '1.29.4'] as const;

/** A fleet of `size` runtimes and `leftOut` Shoots that are none. */
export function createFleet(seed: number, size: number, leftOut: number): Fleet {
  const salt = hash(seed, 0, 99);
  const numbers = new Uint32Array(size + leftOut);
  for (let i = 0; i < size; i += 1) numbers[i] = mix(i ^ salt);
  for (let i = 0; i < leftOut; i += 1) numbers[size + i] = mix((LEFT_OUT_OFFSET + i) ^ salt);
  numbers.sort();

  const exists = (index: number): boolean =>
    index < size || (index >= LEFT_OUT_OFFSET && index < LEFT_OUT_OFFSET + leftOut);
  const member = (index: number | undefined): FleetMember | undefined =>
    index === undefined || !exists(index) ? undefined : createMember(seed, index, nameOf(mix(index ^ salt)));
  const byUuid = (id: string, purpose: number): FleetMember | undefined =>
    member(indexOfUuid(id, seed, purpose));

  return {
    shoots: numbers.length,
    nameAt: (position) => nameOf(numbers[position] ?? 0),
    positionOf: (name) => lowerBound(numbers, name),
    byName(shootName) {
      if (!/^c-[0-9a-z]{7}$/.test(shootName)) return undefined;
      const found = member((unmix(parseInt(shootName.slice(2), 36)) ^ salt) >>> 0);
      return found?.shootName === shootName ? found : undefined;
    },
    byRuntimeID(runtimeID) {
      const found = byUuid(runtimeID, FOR.runtime);
      return found?.leftOut === 'no runtime ID' ? undefined : found;
    },
    byProvisionID: (operationID) => byUuid(operationID, FOR.provision),
    provisionID: ({ index }) => uuid(seed, index, FOR.provision),
    manifest: shootManifest,
  };
}

/** Seven digits of base 36, so that names sort as their numbers do. */
function nameOf(number: number): string {
  return `c-${number.toString(36).padStart(7, '0')}`;
}

function lowerBound(numbers: Uint32Array, name: string): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (nameOf(numbers[middle] ?? 0) < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

function createMember(seed: number, index: number, shootName: string): FleetMember {
  const leftOut =
    index >= LEFT_OUT_OFFSET ? LEFT_OUT_KINDS[(index - LEFT_OUT_OFFSET) % LEFT_OUT_KINDS.length] : undefined;
  // Squared: few accounts have many runtimes, many have few.
  const account = Math.floor(ACCOUNTS * fraction(seed, index, CHOICE.account) ** 2);
  const subAccount = account * 1000 + (hash(seed, index, CHOICE.subAccount) % 12);
  const plan = pick(PLANS, seed, index, CHOICE.plan);
  const region = pick(REGIONS[plan.provider], seed, index, CHOICE.region);
  return {
    index,
    shootName,
    runtimeID: uuid(seed, index, FOR.runtime),
    uid: uuid(seed, index, FOR.uid),
    instanceID: uuid(seed, index, FOR.instance),
    globalAccountID: uuid(seed, account, FOR.account),
    subAccountID: uuid(seed, subAccount, FOR.subAccount),
    plan,
    region: region[0],
    window:
      leftOut === 'unreadable maintenance window'
        ? { begin: 'at night', end: 'in the morning' }
        : windowOf(region, pick([0, 15, 30, 45], seed, index, CHOICE.minute)),
    kubernetesVersion: pick(KUBERNETES_VERSIONS, seed, index, CHOICE.version),
    leftOut,
  };
}

/** Gardener's form, HHMMSS±ZZZZ. */
function windowOf([, hour, hours, offset]: Region, minute: number): { begin: string; end: string } {
  const two = (value: number): string => String(value).padStart(2, '0');
  const at = (h: number): string => `${two(h % 24)}${two(minute)}00${offset}`;
  return { begin: at(hour), end: at(hour + hours) };
}
