/** A sentence of the API in the words of the page, with its times in the zone of whoever looks. */
import type { ReactNode } from 'react';
import { useNow, ZONE } from '../now.tsx';
import { pageWords } from '../words/page-words.ts';

export function Said({ text }: { text: string }): ReactNode {
  return pageWords(text, useNow(), ZONE);
}
