/** The windows of a fleet as they come next, found out while its inventory was read, or when a policy was stored. */
import type { PolicyPreview } from './policy-preview.ts';

export type FleetOutlook =
  | {
      kind: 'windows';
      /** Version of the maintenance policy; 0 for none. */
      policyVersion: number;
      windows: Pick<PolicyPreview, 'groups' | 'withoutWindow' | 'touched'>;
    }
  /** The policy that holds can't be used on the machine that has read the inventory; the message says why. */
  | { kind: 'unusable policy'; message: string };
