import type { Context } from 'hono';
import * as z from 'zod';

/** An answer that says what is wrong with a request. */
export class AdminError extends Error {
  constructor(
    readonly status: 400 | 404 | 409,
    message: string,
  ) {
    super(message);
  }
}

/** The body, an empty one counting as `{}`. Throws AdminError. */
export async function body<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const text = await c.req.text();
  const parsed = z
    .string()
    .transform((value, context): unknown => {
      try {
        return value === '' ? {} : JSON.parse(value);
      } catch {
        context.addIssue('The body is not JSON');
        return z.NEVER;
      }
    })
    .pipe(schema)
    .safeParse(text);
  if (!parsed.success) throw new AdminError(400, z.prettifyError(parsed.error));
  return parsed.data;
}
