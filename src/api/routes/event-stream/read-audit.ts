import { createRoute, z } from '@hono/zod-openapi';
import type { Deed, NamedOrchestration } from '../../../db/repositories/event-stream/audit-repository.ts';
import { CHANGE_EVENTS, eventOf } from '../../../domain/event-stream/logged-change.ts';
import { ORCHESTRATION_TYPES } from '../../../domain/upgrades/orchestration-parameters.ts';
import { bearer, problems, timestamp } from '../../answers.ts';
import type { Api, AppDependencies } from '../../api-dependencies.ts';
import { instantQuery } from '../../given-instant.ts';
import { permits } from '../../middleware/authorization.ts';
import { toVersions, versionsSchema } from '../upgrades/orchestrations/orchestration.ts';
import { envelope, envelopeSchema, oneOfQuery, pagingQuery, textsQuery, toPaging } from '../../paging.ts';

const SOURCES = {
  orchestrations: 'upgrades',
  queue: 'queue',
  'maintenance-policy': 'policy',
  stacks: 'stacks',
  webhooks: 'webhooks',
} as const;
const ABOUT = Object.keys(SOURCES) as [keyof typeof SOURCES, ...(keyof typeof SOURCES)[]];

const deedSchema = z
  .object({
    at: timestamp,
    actor: z.string().openapi({ description: 'Subject of the token, or how Temporal was used by hand' }),
    event: z
      .enum(CHANGE_EVENTS.filter((event) => event !== 'operation'))
      .openapi({ description: 'As the event stream calls it' }),
    kind: z.string().openapi({ description: 'As the log of its event has it' }),
    orchestrationID: z.uuid().nullable(),
    orchestration: z
      .object({ type: z.enum(ORCHESTRATION_TYPES), parameters: versionsSchema, createdBy: z.string() })
      .nullable()
      .openapi({ description: 'What the orchestration upgrades to which version, and who created it' }),
    stack: z.string().nullable().openapi({ description: 'Name of the stack' }),
    object: z.string().nullable().openapi({ description: 'Name of the object of the stack' }),
    webhookID: z.uuid().nullable(),
    webhook: z.string().nullable().openapi({ description: 'Description of the webhook, as it was' }),
    fromState: z.string().nullable(),
    toState: z.string().nullable(),
    reason: z.string().openapi({ description: 'In the words of who did it, or what was asked for' }),
  })
  .openapi('Deed', {
    example: {
      ...{
        at: '2020-10-12T19:31:02.117046Z',
        actor: 'jane@example.com',
        event: 'orchestration',
        kind: 'paused',
      },
      ...{ orchestrationID: '07089b96-8e31-49a4-96d0-f8288253c804', stack: null, object: null },
      orchestration: {
        ...{ type: 'upgradeKyma', createdBy: 'joe@example.com' },
        parameters: { kyma: { version: '2.20.5' }, dryRun: false },
      },
      ...{ webhookID: null, webhook: null },
      ...{ fromState: null, toState: null, reason: 'disk alerts' },
    },
  });

const route = createRoute({
  method: 'get',
  path: '/audit',
  tags: ['events'],
  summary: 'The deeds of people, newest first',
  description:
    'One entry for each request that changed something, without what followed from it; two for a new definition that a running stack goes over to, which is told as the change and as the status that it leads to.',
  security: bearer,
  middleware: [permits('read')],
  request: {
    query: z.strictObject({
      ...pagingQuery,
      actor: textsQuery('Only what this subject did, exact'),
      about: oneOfQuery(ABOUT, 'Only what this is about'),
      since: instantQuery('Only from this time on, RFC 3339'),
      until: instantQuery('Only before this time, RFC 3339'),
    }),
  },
  responses: {
    200: {
      description: 'A page of deeds',
      content: { 'application/json': { schema: envelopeSchema(deedSchema).openapi('DeedPage') } },
    },
    ...problems('invalid-input'),
  },
});

/** The deeds of people: who did what, when, and why. */
export function registerAudit(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const { actor, about, since, until, ...paging } = c.req.valid('query');
    const { rows, total } = await deps.repositories.audit.list(
      { actors: actor, sources: about?.map((one) => SOURCES[one]), since, until },
      toPaging(paging),
    );
    return c.json(envelope(rows.map(toAnswer), total), 200);
  });
}

function toAnswer(deed: Deed): z.infer<typeof deedSchema> {
  const { position, operationID: _o, wave: _w, label: _l, orchestration, ...rest } = deed;
  const event = eventOf(deed);
  if (event === 'operation') throw new Error('The audit tells of no operation');
  return { at: position.at, event, ...rest, orchestration: orchestration ? toNamed(orchestration) : null };
}

function toNamed({ type, parameters, createdBy }: NamedOrchestration) {
  return { type, createdBy, parameters: toVersions(parameters) };
}
