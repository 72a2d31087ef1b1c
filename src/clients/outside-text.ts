import { z } from 'zod';
import { cleanText } from '../domain/texts.ts';

/** A text of an outside system, as its clients read it. */
export const outsideText = z.string().transform(cleanText);
