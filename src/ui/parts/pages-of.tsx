import type { ReactNode } from 'react';
import { useSearchParameters } from '../search-parameters.ts';
import { numberOf } from '../words/times.ts';

export const PAGE_SIZE = 25;

/** Which rows of a list are shown, and the way to the others. */
export function PagesOf({ total, what }: { total: number; what: string }): ReactNode {
  const parameters = useSearchParameters();
  const page = Number(parameters.get('page') || '1');
  const last = Math.max(1, Math.ceil(total / PAGE_SIZE));
  const first = (page - 1) * PAGE_SIZE + 1;
  const turn = (to: number) => () => parameters.set({ page: to === 1 ? '' : String(to) });
  return (
    <nav className="pages" aria-label={`Pages of ${what}`}>
      <span className="quiet">
        {total === 0
          ? `no ${what}`
          : `${numberOf(first)}–${numberOf(Math.min(page * PAGE_SIZE, total))} of ${numberOf(total)} ${what}`}
      </span>
      {last > 1 && (
        <span className="buttons">
          <button type="button" disabled={page <= 1} onClick={turn(page - 1)}>
            Earlier rows
          </button>
          <button type="button" disabled={page >= last} onClick={turn(page + 1)}>
            Later rows
          </button>
        </span>
      )}
    </nav>
  );
}
