import type { z } from '@hono/zod-openapi';
import { createRoute } from '@hono/zod-openapi';
import type { OrchestrationParameters } from '../../../../domain/upgrades/orchestration-parameters.ts';
import { upgradeClusterRequest, upgradeKymaRequest } from '../../../../domain/upgrades/request-schema.ts';
import { BODY_PROBLEMS, bearer, noQuery, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { idempotencyHeader } from '../../../idempotency.ts';
import { JSON_TYPE } from '../../../media-types.ts';
import { permits } from '../../../middleware/authorization.ts';
import { accepts } from '../../../middleware/json-body.ts';
import { askedReason, askedVersions, createdSchema, createOrchestration } from './create-orchestration.ts';

function upgradeRoute<P extends string, T extends z.ZodType<OrchestrationParameters>>(
  path: P,
  summary: string,
  body: T,
) {
  return createRoute({
    method: 'post',
    path,
    tags: ['upgrades'],
    summary,
    description:
      'Creates an orchestration and answers at once; it waits as `pending` while another one is being processed. An empty string, a null or 0 workers means "not given" and gets the default.',
    security: bearer,
    middleware: [permits('write'), ...accepts(JSON_TYPE)],
    request: {
      query: noQuery,
      headers: idempotencyHeader,
      body: { required: true, content: { [JSON_TYPE]: { schema: body } } },
    },
    responses: {
      202: {
        description: 'Accepted; GET /orchestrations/{orchestrationID} shows how it goes',
        content: { 'application/json': { schema: createdSchema } },
      },
      ...problems(...BODY_PROBLEMS, 'conflict', 'idempotency-key-reused'),
    },
  });
}

/** A18, A20, A21. */
export function registerUpgrades(api: Api, deps: AppDependencies): void {
  const kyma = upgradeRoute(
    '/upgrade/kyma',
    'Upgrade Kyma',
    upgradeKymaRequest(deps.defaults).openapi('UpgradeKyma'),
  );
  api.openapi(kyma, async (c) => {
    const given: unknown = await c.req.json();
    const orchestrationID = await createOrchestration(c, deps, {
      type: 'upgradeKyma',
      parameters: c.req.valid('json'),
      asked: askedVersions(given),
      reason: askedReason(given),
      idempotencyKey: c.req.valid('header')['Idempotency-Key'],
    });
    return c.json({ orchestrationID }, 202);
  });
  const cluster = upgradeRoute(
    '/upgrade/cluster',
    'Upgrade the clusters',
    upgradeClusterRequest(deps.defaults).openapi('UpgradeCluster'),
  );
  api.openapi(cluster, async (c) => {
    const given: unknown = await c.req.json();
    const orchestrationID = await createOrchestration(c, deps, {
      type: 'upgradeCluster',
      parameters: c.req.valid('json'),
      asked: askedVersions(given),
      reason: askedReason(given),
      idempotencyKey: c.req.valid('header')['Idempotency-Key'],
    });
    return c.json({ orchestrationID }, 202);
  });
}
