import { z } from '@hono/zod-openapi';
import { readMoment } from '../domain/upgrades/policy-times.ts';

/** RFC 3339 UTC of what says on which point of time it is: RFC 3339 with an offset, in the years 1970 to 9999. Undefined for anything else. */
export function instantOf(text: string): string | undefined {
  const moment = readMoment(text);
  if (moment?.hasOffset !== true || Number.isNaN(moment.ms)) return undefined;
  const instant = new Date(moment.ms).toISOString();
  return instant.startsWith('+') ? undefined : instant;
}

export const INSTANT_ERROR = 'must be a time with an offset like 2030-12-24T18:00:00+01:00';

/** A point of time in a body; RFC 3339 UTC of it. */
export const instantField = z
  .string()
  .transform((text, context) => {
    const instant = instantOf(text);
    if (instant !== undefined) return instant;
    context.addIssue({ code: 'custom', message: INSTANT_ERROR });
    return z.NEVER;
  })
  .openapi({ type: 'string', format: 'date-time', example: '2030-10-12T19:00:00Z' });

/** A query parameter that is one. */
export const instantQuery = (description: string) =>
  z
    .string({ error: 'must be given once' })
    .pipe(instantField)
    .optional()
    .openapi({ type: 'string', format: 'date-time', description });
