/** Query parameters and envelope of every list. */
import { z } from '@hono/zod-openapi';
import { hasControls } from '../domain/texts.ts';
import type { Paging } from '../db/repositories/repository-types.ts';

export const MAX_PAGE_SIZE = 100;
/** A list without paging parameters answers at most that many. */
export const BARE_LIST_SIZE = 1_000;

/** The last page that may be asked for; what comes before it is counted in the database. */
const MAX_PAGE = 999_999_999;

/** A whole number from 1, as a parameter. */
export const wholeNumber = (most: number) => {
  const error = `must be a whole number from 1 to ${most.toLocaleString('en-US')}`;
  return z
    .string({ error: 'must be given once' })
    .refine((text) => /^[1-9]\d*$/.test(text) && Number(text) <= most, { error })
    .transform(Number)
    .optional();
};

/** `page` and `page_size`. */
export const pagingQuery = {
  page: wholeNumber(MAX_PAGE).openapi({
    type: 'integer',
    minimum: 1,
    maximum: MAX_PAGE,
    description: 'From 1',
  }),
  page_size: wholeNumber(MAX_PAGE_SIZE).openapi({
    type: 'integer',
    minimum: 1,
    maximum: MAX_PAGE_SIZE,
    description: `At most ${MAX_PAGE_SIZE}, which is also the default`,
  }),
};

/** `state`, which may be repeated. */
export function stateQuery<const T extends readonly [string, ...string[]]>(states: T) {
  return oneOfQuery(states, 'Only those in this state');
}

/** A parameter with values of its own, which may be repeated. */
export function oneOfQuery<const T extends readonly [string, ...string[]]>(values: T, description: string) {
  const error = `must be one of: ${values.join(', ')}`;
  const value = z.enum(values, { error });
  return z
    .union([z.array(value), value.transform((one) => [one])], { error })
    .optional()
    .openapi({
      type: 'array',
      items: { type: 'string', enum: [...values] },
      description: `${description}; may be repeated`,
      param: { style: 'form', explode: true },
    });
}

const LONGEST_TEXT = 256;
const TEXT_ERROR = `must have at most ${LONGEST_TEXT} characters, and no control characters`;
const text = z.string().refine((given) => given.length <= LONGEST_TEXT && !hasControls(given), TEXT_ERROR);

/** A parameter with any text, which may be repeated. */
export function textsQuery(description: string) {
  return z
    .union([z.array(text), text.transform((one) => [one])], { error: TEXT_ERROR })
    .optional()
    .openapi({
      type: 'array',
      items: { type: 'string', maxLength: LONGEST_TEXT },
      description: `${description}; may be repeated`,
      param: { style: 'form', explode: true },
    });
}

const LONGEST_SEARCH = 200;

/** A parameter with a text that is looked for in others. */
export function searchQuery(description: string) {
  return z
    .string({ error: 'must be given once' })
    .min(1, 'must not be empty')
    .max(LONGEST_SEARCH, `must have at most ${LONGEST_SEARCH} characters`)
    .refine((text) => !hasControls(text), 'must not have control characters')
    .optional()
    .openapi({ description });
}

export function toPaging(query: { page?: number; page_size?: number }): Paging {
  return { page: query.page ?? 1, pageSize: query.page_size ?? MAX_PAGE_SIZE };
}

/** `{data, count, totalCount}` (A53). */
export function envelopeSchema<T extends z.ZodType>(item: T) {
  return z.object({
    data: z.array(item),
    count: z.int().openapi({ description: 'Entries on this page', example: 1 }),
    totalCount: z.int().openapi({ description: 'Entries on all pages', example: 1 }),
  });
}

export function envelope<T>(data: T[], total: number): { data: T[]; count: number; totalCount: number } {
  return { data, count: data.length, totalCount: total };
}

/** One page when a paging parameter is given; otherwise as much as a list without them may have. */
export function listPaging(query: { page?: number; page_size?: number }): Paging {
  const bare = query.page === undefined && query.page_size === undefined;
  return bare ? { page: 1, pageSize: BARE_LIST_SIZE } : toPaging(query);
}

/** For the answers that carry `X-Total-Count`. */
export const totalCountHeader = {
  'X-Total-Count': {
    description: 'How many there are in all',
    schema: { type: 'integer' as const },
    required: true,
  },
};
