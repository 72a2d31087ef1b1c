/** States of a delivery: `failed` after the last attempt, and when its webhook is disabled. */
export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];
