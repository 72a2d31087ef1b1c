import type { ReactNode } from 'react';

/** An ID as the command line shortens it; all of it shows where the pointer rests. */
export function ShortID({ id }: { id: string }): ReactNode {
  return (
    <span className="quiet" title={id}>
      {id.slice(0, 8)}
    </span>
  );
}
