import { z } from 'zod';

/** Fields of RuntimeDTO, as Kyma's Environment Broker has them, beside its status. */
export const BROKER_FIELDS = {
  instanceID: z.string(),
  runtimeID: z.string(),
  globalAccountID: z.string(),
  subscriptionGlobalAccountID: z.string(),
  subAccountID: z.string(),
  region: z.string(),
  subAccountRegion: z.string(),
  shootName: z.string(),
  serviceClassID: z.string(),
  serviceClassName: z.string(),
  servicePlanID: z.string(),
  servicePlanName: z.string(),
  provider: z.string(),
  userID: z.string(),
  avsInternalEvaluationID: z.int(),
  kymaVersion: z.string().optional(),
};
