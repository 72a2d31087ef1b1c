/**
 * Parts that all paths of stacks have in common in the OpenAPI document: their problems also come in the type of stacks, the
 * parts of a name have a pattern, and an action may be written in either case. Their routes need not repeat it, and its
 * pattern must not be checked by them: what can't be a name is unknown, 404.
 */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { STACK_NAME_PART } from '../../../domain/stacks/multipart-name.ts';
import { STACK_ACTIONS } from '../../../domain/stacks/statuses.ts';
import { isStackPath, STACK_TYPE } from '../../media-types.ts';
import { PROBLEM_CONTENT_TYPE } from '../../problem.ts';

type Document = ReturnType<OpenAPIHono['getOpenAPI31Document']>;
type PathItem = NonNullable<Document['paths']>[string];
type Operation = NonNullable<PathItem['get']>;

const NAME_PARTS = ['container', 'user', 'name'];

/** Completes the operations of stacks, objects and backups in place. */
export function completeStackPaths(document: Document): void {
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    if (!isStackPath(path)) continue;
    for (const operation of [item.get, item.post, item.put, item.delete]) {
      if (operation) complete(operation);
    }
  }
}

function complete({ parameters = [], responses = {} }: Operation): void {
  for (const response of Object.values(responses) as { content?: Record<string, unknown> }[]) {
    const problem = response.content?.[PROBLEM_CONTENT_TYPE];
    if (problem !== undefined) response.content = { ...response.content, [STACK_TYPE]: problem };
  }
  for (const parameter of parameters) {
    if ('$ref' in parameter) continue;
    if (parameter.in === 'path' && NAME_PARTS.includes(parameter.name)) {
      parameter.schema = { ...parameter.schema, pattern: STACK_NAME_PART.source };
    }
    if (parameter.in === 'query' && parameter.name === 'action') {
      const actions = [...STACK_ACTIONS, ...STACK_ACTIONS.map((action) => action.toLowerCase())];
      parameter.schema = { ...parameter.schema, enum: actions };
    }
  }
}
