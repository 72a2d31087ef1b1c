import { createMiddleware } from 'hono/factory';
import type { ApiEnv } from '../api-dependencies.ts';
import { isStackPath, STACK_DIRECTORY_TYPE, STACK_TYPE, wantedStackType } from '../media-types.ts';

/** Answers about stacks, problems included, carry the content type that `Accept` names; JSON without one. */
export const stackAnswers = createMiddleware<ApiEnv>(async (c, next) => {
  await next();
  if (!isStackPath(c.req.path)) return;
  const { headers } = c.res;
  headers.append('Vary', 'Accept');
  const wanted = wantedStackType(c);
  if (wanted === undefined || !/json/.test(headers.get('Content-Type') ?? '')) return;
  const isDirectory = wanted === STACK_DIRECTORY_TYPE && c.var.listsNames === true;
  headers.set('Content-Type', isDirectory ? STACK_DIRECTORY_TYPE : STACK_TYPE);
});
