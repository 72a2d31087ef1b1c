/**
 * The workflow's own time in milliseconds since the epoch. Inside a workflow `Date` is the time of the current
 * workflow task, the same on every replay; this is the only place in the room that reads it.
 */
export function workflowNow(): number {
  return Date.now();
}
