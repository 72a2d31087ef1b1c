import { proxyLocalActivities } from '@temporalio/workflow';
import type { ProjectionActivities } from '../../activities/upgrades/activity-types.ts';
import { projectionOptions } from '../projections.ts';

/** Writes to the database. */
export function projection(summary: string): ProjectionActivities {
  return proxyLocalActivities<ProjectionActivities>(projectionOptions(summary));
}
