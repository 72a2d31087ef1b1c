import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { ApiEnv, Principal } from '../api-dependencies.ts';
import { ProblemError } from '../problem.ts';

const REFUSALS = {
  read: 'Only members of the operator or admin group may read; ask for a token with one of these groups',
  write: 'Only members of the admin group may change something; ask for a token with that group',
  administer: 'Only members of the admin group may see or change this; ask for a token with that group',
};

/**
 * Lets only members of the group for this pass: `read` operators and admins (A11), `write` admins alone (A10), and `administer` likewise, for what
 * operators may not even see.
 */
export function permits(access: keyof typeof REFUSALS) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const { roles } = principalOf(c);
    const permitted = roles.has('admin') || (access === 'read' && roles.has('operator'));
    if (!permitted) {
      throw new ProblemError('forbidden', REFUSALS[access], {
        headers: { 'WWW-Authenticate': 'Bearer realm="drydock", error="insufficient_scope"' },
      });
    }
    await next();
  });
}

/** The authenticated caller. A route that forgot to ask for a token fails closed here. */
export function principalOf(c: Context<ApiEnv>): Principal {
  const principal = c.var.principal;
  if (!principal) throw new Error(`${c.req.path} is reached without authentication`);
  return principal;
}
