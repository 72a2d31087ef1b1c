/** Everything that an orchestration or an operation can wait for. */
export const WAITING_CODES = [
  /** Another orchestration has the turn of its lane, or the plan is not complete yet. */
  'turn',
  /** Its orchestration is paused, or everything is. */
  'paused',
  /** Likewise, by its failure budget. */
  'budget',
  /** Earlier waves have not passed. */
  'wave',
  /** A wave has ended and is watched for a while. */
  'soak',
  /** Somebody has to say whether the next wave may run. */
  'approval',
  /** Its window is not open; of an orchestration, no window of what waits is. */
  'window',
  /** A freeze of the maintenance policy, or an opt-out, takes what there would be earlier. */
  'freeze',
  /** Nothing starts any more in the window that it was scheduled into. */
  'cutoff',
  /** It can begin, as soon as a worker of its orchestration is free. */
  'slot',
  /** It can begin, as soon as one of its region, which are as many as may be, has ended. */
  'region-limit',
  /** Likewise of its service plan. */
  'plan-limit',
  /** Likewise of its global account. */
  'account-limit',
  /** Something else works on its runtime. */
  'runtime-busy',
  /** It has failed, and is tried again after a while. */
  'retry-backoff',
  /** Its orchestration is being canceled: it never begins. */
  'canceling',
  /** The engine, the inventory, or another system that the upgrade needs does not answer. */
  'dependency-down',
] as const;
export type WaitingCode = (typeof WAITING_CODES)[number];

export interface Wait {
  code: WaitingCode;
  /** One sentence for the person on call, without a full stop. */
  message: string;
  /** When this is over, or looked at again, RFC 3339 UTC; absent when nobody knows. */
  until?: string;
  /** The orchestration or operation that it waits for, like `orchestration 07089b96-8e31-49a4-96d0-f8288253c804`. */
  who?: string;
}

export interface WaitingFor extends Wait {
  /** Everything that it waits for after that, in this order, as far as it can be told now; absent for nothing. */
  then?: Wait[];
}
