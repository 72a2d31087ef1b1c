/** Queries of more than one page: what is read once is known to all of them. */
import { queryOptions } from '@tanstack/react-query';
import { body, rest, type Schemas } from './rest-client.ts';

/** Those who ask within five seconds share an answer. */
const COUNTING_MS = 6_000;

export const fleetQuery = queryOptions({
  queryKey: ['fleet'],
  queryFn: () => body(rest.GET('/fleet')),
  // The event of a policy comes before the fleet has been counted by it.
  refetchInterval: ({ state: { data } }: { state: { data?: Schemas['Fleet'] } }) =>
    data?.windows && data.windows.policyVersion !== data.policy.version ? COUNTING_MS : false,
});

export function orchestrationQuery(orchestrationID: string) {
  return queryOptions({
    queryKey: ['orchestrations', orchestrationID],
    queryFn: () =>
      body(rest.GET('/orchestrations/{orchestrationID}', { params: { path: { orchestrationID } } })),
  });
}

export function operationQuery(orchestrationID: string, operationID: string) {
  const path = { orchestrationID, operationID };
  return queryOptions({
    queryKey: ['orchestrations', orchestrationID, 'operations', operationID],
    queryFn: () =>
      body(rest.GET('/orchestrations/{orchestrationID}/operations/{operationID}', { params: { path } })),
  });
}
