import { z } from 'zod';
import { isClean } from '../texts.ts';
import { LONGEST_REASON } from './rollout-control.ts';

/** Why somebody does something, in their words. */
export const reasonSchema = z
  .string()
  .trim()
  .max(LONGEST_REASON, {
    error: `must not be longer than ${LONGEST_REASON.toLocaleString('en-US')} characters`,
  })
  .refine(isClean, 'must not contain NUL or broken Unicode');
