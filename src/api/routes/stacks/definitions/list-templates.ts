import { createRoute, z } from '@hono/zod-openapi';
import { STACK_TEMPLATES } from '../../../../domain/stacks/templates.ts';
import { bearer, noQuery, problems } from '../../../answers.ts';
import type { Api } from '../../../api-dependencies.ts';
import { inStackTypes } from '../../../media-types.ts';
import { permits } from '../../../middleware/authorization.ts';

const templatesSchema = z
  .object({ result: z.array(z.record(z.string(), z.unknown())) })
  .openapi('StackTemplates', { example: { result: STACK_TEMPLATES } });

const route = createRoute({
  method: 'get',
  path: '/orchestration-templates',
  tags: ['stacks'],
  summary: 'Definitions to begin with; POST /orchestration/ accepts each one unchanged',
  security: bearer,
  middleware: [permits('read')],
  request: { query: noQuery },
  responses: {
    200: { description: 'The templates', content: inStackTypes({ schema: templatesSchema }) },
    ...problems('invalid-input'),
  },
});

/** A67. */
export function registerStackTemplates(api: Api): void {
  api.openapi(route, (c) => c.json({ result: [...STACK_TEMPLATES] }, 200));
}
