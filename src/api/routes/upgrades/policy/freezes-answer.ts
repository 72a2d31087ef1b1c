/** Freezes that hold or begin soon, as clients see them. */
import { z } from '@hono/zod-openapi';
import type { ComingFreeze } from '../../../../domain/upgrades/coming-freezes.ts';
import { instantText, toInstant } from './window-answer.ts';

export const freezeSchema = z.object({
  index: z.int().min(0).openapi({ description: 'In `freezes` of the policy' }),
  name: z.string(),
  reason: z.string(),
  from: instantText('Nothing begins from this moment on'),
  to: instantText('No part of the freeze'),
  runtimes: z
    .int()
    .min(0)
    .nullable()
    .openapi({ description: 'How many runtimes it touches; null while they are not counted' }),
});

export const freezeExample: z.infer<typeof freezeSchema> = {
  index: 0,
  name: 'year-end',
  reason: 'Year-end closing',
  from: '2030-12-19T23:00:00.000Z',
  to: '2031-01-01T23:00:00.000Z',
  runtimes: 301,
};

export function toFreeze(freeze: ComingFreeze): z.infer<typeof freezeSchema> {
  const { index, name, reason, fromMs, toMs, runtimes } = freeze;
  return { index, name, reason, from: toInstant(fromMs), to: toInstant(toMs), runtimes: runtimes ?? null };
}
