/** Queries of more than one page: what is read once is known to all of them. */
import { queryOptions } from '@tanstack/react-query';
import { body, rest } from './rest-client.ts';

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
