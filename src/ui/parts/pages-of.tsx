import type { ReactNode } from 'react';
import { useSearchParameters } from '../search-parameters.ts';
import { numberOf } from '../words/times.ts';

export const PAGE_SIZE = 25;

interface PagesOfProps {
  total: number;
  what: string;
  /** Where the page stands in the URL: a second list on a page has one of its own. */
  parameter?: string;
  /** The words of the way back to the first page, and of the way on. */
  ways?: readonly [back: string, on: string];
}

const WAYS = ['Earlier rows', 'Later rows'] as const;

/** Which rows of a list are shown, and the way to the others. */
export function PagesOf({ total, what, parameter = 'page', ways = WAYS }: PagesOfProps): ReactNode {
  const parameters = useSearchParameters();
  const page = Number(parameters.get(parameter) || '1');
  const last = Math.max(1, Math.ceil(total / PAGE_SIZE));
  const first = (page - 1) * PAGE_SIZE + 1;
  const turn = (to: number) => () =>
    parameters.set({ page: parameters.get('page'), [parameter]: to === 1 ? '' : String(to) });
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
            {ways[0]}
          </button>
          <button type="button" disabled={page >= last} onClick={turn(page + 1)}>
            {ways[1]}
          </button>
        </span>
      )}
    </nav>
  );
}
