import { createRoute, z } from '@hono/zod-openapi';
import { bearer, problems } from '../../../answers.ts';
import { nowOf, type Api, type AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import { textsQuery } from '../../../paging.ts';
import { calendarText, MOST_WINDOWS } from './calendar-text.ts';

const route = createRoute({
  method: 'get',
  path: '/calendar.ics',
  tags: ['fleet'],
  summary: 'The coming maintenance windows, as a calendar',
  description: `iCalendar (RFC 5545): an event for each operation that waits for its window, or in it, the earliest first, at most ${MOST_WINDOWS.toLocaleString('en-US')}; \`X-WR-CALDESC\` says when more follow. Dry runs and orchestrations that have ended or are canceled are left out. The event of a window that was moved keeps its UID.`,
  security: bearer,
  middleware: [permits('read')],
  request: { query: z.strictObject({ account: textsQuery('Only those of this global account') }) },
  responses: {
    200: {
      description: 'The calendar',
      content: { 'text/calendar': { schema: z.string() } },
    },
    ...problems('invalid-input'),
  },
});

/** For customers, and for whoever wants to see the nights ahead beside their own appointments. */
export function registerCalendar(
  api: Api,
  deps: Pick<AppDependencies, 'repositories' | 'publicURL' | 'clock'>,
): void {
  api.openapi(route, async (c) => {
    const { account } = c.req.valid('query');
    const windows = await deps.repositories.calendar.comingWindows({
      accounts: account,
      now: nowOf(deps),
      // One more, to know whether that is all.
      limit: MOST_WINDOWS + 1,
    });
    return c.body(await calendarText(windows, deps.publicURL), 200, {
      'Content-Type': 'text/calendar; charset=utf-8',
      'Content-Disposition': 'inline; filename="drydock.ics"',
    });
  });
}
