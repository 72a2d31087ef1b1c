/** Webhooks: receivers that are told what happens. */
import type { Api, AppDependencies } from '../../api-dependencies.ts';
import { registerChangeWebhooks } from './change-webhooks.ts';
import { registerReadWebhooks } from './read-webhooks.ts';
import { registerWebhookActions } from './webhook-actions.ts';

/** `deps` has the repositories for reading, which bound writes, too. */
export function registerWebhooks(api: Api, deps: AppDependencies): void {
  registerReadWebhooks(api, deps);
  registerChangeWebhooks(api, deps);
  registerWebhookActions(api, deps);
}
