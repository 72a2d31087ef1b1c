/** A sentence of the API in the words of the page: with its times in the zone of whoever looks, and orchestrations by what they are. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useNow, ZONE } from '../now.tsx';
import { orchestrationQuery } from '../queries.ts';
import { pageWords, piecesOf } from '../words/page-words.ts';
import { titleOf } from '../words/rollout-words.ts';

export function Said({ text }: { text: string }): ReactNode {
  const words = pageWords(text, useNow(), ZONE);
  return piecesOf(words).map(({ text: piece, orchestrationID }, place) =>
    // A sentence has its pieces in one order: the place tells which one it is.
    orchestrationID === undefined ? piece : <Named key={place} id={orchestrationID} until={piece} />,
  );
}

/** An orchestration by what it upgrades to; until that is read, and where it is gone, by the first characters of its ID. */
function Named({ id, until }: { id: string; until: string }): ReactNode {
  const { data } = useQuery(orchestrationQuery(id));
  return (
    <Link href={`/orchestrations/${id}`} title={id}>
      {data ? titleOf(data) : until}
    </Link>
  );
}
