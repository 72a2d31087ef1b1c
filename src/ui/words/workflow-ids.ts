/** IDs of workflows, as the service gives them. */
export const workflowIDOf = {
  orchestration: (orchestrationID: string): string => orchestrationID,
  runtime: (runtimeID: string): string => `runtime/${runtimeID}`,
  stack: (name: string): string => `stack${name}`,
};
