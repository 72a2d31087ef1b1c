import { createRoute, z } from '@hono/zod-openapi';
import { UnavailableError } from '../../../../domain/errors.ts';
import { ASKED_RUNTIME_STATES } from '../../../../domain/upgrades/runtime-state.ts';
import { bearer, problems, timestamp } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import {
  envelope,
  envelopeSchema,
  pagingQuery,
  searchQuery,
  stateQuery,
  textsQuery,
  toPaging,
} from '../../../paging.ts';
import { runtimeSchema, toRuntime } from './runtime-answer.ts';

const flag = (description: string) =>
  z
    .enum(['true', 'false'], { error: 'must be true or false, given once' })
    .optional()
    .openapi({ description });

const query = z.strictObject({
  ...pagingQuery,
  account: textsQuery('Only those of this global account'),
  subaccount: textsQuery('Only those of this subaccount'),
  instance_id: textsQuery('Only the one with this instance ID'),
  runtime_id: textsQuery('Only the one with this runtime ID'),
  region: textsQuery('Only those in this region of their provider'),
  plan: textsQuery('Only those with this service plan, by its name'),
  shoot: textsQuery('Only the one with this Shoot'),
  search: searchQuery(
    'Only those with this text, in capitals or not, in the name of the Shoot or the runtime ID',
  ),
  state: stateQuery(ASKED_RUNTIME_STATES),
  op_detail: z
    .enum(['last', 'all'], { error: 'must be one of: last, all' })
    .optional()
    .openapi({ description: 'Tell of the last operation of each, or of all kinds; by default of all' }),
  kyma_config: flag('Add what was sent with the last upgrade of Kyma'),
  cluster_config: flag('Add what the Shoot has'),
});

const route = createRoute({
  method: 'get',
  path: '/runtimes',
  tags: ['fleet'],
  summary: 'The runtimes of the inventory, oldest first',
  description:
    'As the inventory was read last; `asOf` says when. Values of one parameter are alternatives, and all parameters have to match. Without `state`, all but those that are suspended or gone. `suspended` are those that hibernate, `deprovisioned` those that have gone within 30 days, and `all` stands for all that are there.',
  security: bearer,
  middleware: [permits('read')],
  request: { query },
  responses: {
    200: {
      description: 'A page of runtimes',
      content: {
        'application/json': {
          schema: envelopeSchema(runtimeSchema)
            .extend({
              asOf: timestamp.openapi({ description: 'What is told of Shoots is not older than that' }),
            })
            .openapi('RuntimePage'),
        },
      },
    },
    ...problems('invalid-input', 'outside-system-unavailable'),
  },
});

/** Clients read on until they have as many as the total says. */
export function registerListRuntimes(
  api: Api,
  { repositories }: Pick<AppDependencies, 'repositories'>,
): void {
  api.openapi(route, async (c) => {
    const asked = c.req.valid('query');
    const asOf = (await repositories.fleet.lastRead())?.asOf;
    // Half a fleet would look like a whole one.
    if (!asOf) throw new UnavailableError('inventory', 'The inventory has not been read yet');
    const filter = {
      globalAccountIDs: asked.account,
      subAccountIDs: asked.subaccount,
      instanceIDs: asked.instance_id,
      runtimeIDs: asked.runtime_id,
      regions: asked.region,
      plans: asked.plan,
      shoots: asked.shoot,
      search: asked.search,
      states: asked.state,
    };
    const wanted = { kymaConfig: asked.kyma_config === 'true' };
    const { rows, total } = await repositories.fleet.list(filter, toPaging(asked), wanted);
    const details = {
      operations: asked.op_detail ?? 'all',
      clusterConfig: asked.cluster_config === 'true',
    } as const;
    const answers = rows.map((row) => toRuntime(row, details));
    return c.json({ ...envelope(answers, total), asOf }, 200);
  });
}
