import type { ProjectionActivities } from '../../activities/upgrades/activity-types.ts';
import { projectionActivities } from '../projections.ts';

/** Writes to the database. */
export function projection(summary: string): ProjectionActivities {
  return projectionActivities<ProjectionActivities>(summary);
}
