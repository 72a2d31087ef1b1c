import { createRoute, z } from '@hono/zod-openapi';
import { nightReport } from '../../../domain/night-report/night-report.ts';
import { bearer, problems } from '../../answers.ts';
import { nowOf, type Api, type AppDependencies } from '../../api-dependencies.ts';
import { instantQuery } from '../../given-instant.ts';
import { permits } from '../../middleware/authorization.ts';
import { ProblemError } from '../../problem.ts';

const HOUR_MS = 3_600_000;
/** A night, when nobody says otherwise. */
const USUAL_MS = 12 * HOUR_MS;
const LONGEST_DAYS = 7;
const LONGEST_MS = LONGEST_DAYS * 24 * HOUR_MS;

const route = createRoute({
  method: 'get',
  path: '/report',
  tags: ['events'],
  summary: 'What happened in a night, who decided, and what waits for somebody',
  description: `Markdown, for people: each orchestration that did something in the time, with counts, causes of failures, waves, approvals, pauses and who was behind them; changes of the maintenance policy and of the queue; stacks that went into error; and what waits for somebody now. At most 50 orchestrations in detail, and at most ${LONGEST_DAYS} days.`,
  security: bearer,
  middleware: [permits('read')],
  request: {
    query: z.strictObject({
      since: instantQuery('From this time on, RFC 3339; 12 hours before `until` by default'),
      until: instantQuery('Before this time, RFC 3339; now by default'),
    }),
  },
  responses: {
    200: { description: 'The report', content: { 'text/markdown': { schema: z.string() } } },
    ...problems('invalid-input'),
  },
});

/** For who comes in the morning. */
export function registerNightReport(
  api: Api,
  deps: Pick<AppDependencies, 'repositories' | 'publicURL' | 'clock'>,
): void {
  api.openapi(route, async (c) => {
    const now = nowOf(deps);
    const night = nightOf(c.req.valid('query'), now);
    const facts = await deps.repositories.report.read(night);
    const text = nightReport(facts, { ...night, now, publicURL: deps.publicURL });
    return c.body(text, 200, { 'Content-Type': 'text/markdown; charset=utf-8' });
  });
}

function nightOf(
  { since, until }: { since?: string; until?: string },
  now: string,
): { since: string; until: string } {
  const end = until ?? now;
  const begin = since ?? new Date(Date.parse(end) - USUAL_MS).toISOString();
  const length = Date.parse(end) - Date.parse(begin);
  const invalidQuery = (path: string, message: string): ProblemError =>
    new ProblemError('invalid-input', `${path} ${message}`, { errors: [{ path, message }] });
  if (length <= 0) throw invalidQuery('since', `must be before until, which is ${end}`);
  if (length > LONGEST_MS) throw invalidQuery('since', `must be at most ${LONGEST_DAYS} days before until`);
  return { since: begin, until: end };
}
