/** Filters live in the URL: a link shows what its sender saw, and Back goes back. */
import { useSearchParams } from 'wouter';

export interface SearchParameters {
  /** One of them; empty when it is not there. */
  get(name: string): string;
  /** Sets some and leaves the others, from the first page on; an empty value takes one away. */
  set(changes: Record<string, string>): void;
}

export function useSearchParameters(): SearchParameters {
  const [present, go] = useSearchParams();
  return {
    get: (name) => present.get(name) ?? '',
    set: (changes) => go((search) => changedSearch(search, changes), { replace: true }),
  };
}

function changedSearch(search: URLSearchParams, changes: Record<string, string>): URLSearchParams {
  const next = new URLSearchParams(search);
  if (!('page' in changes)) next.delete('page');
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') next.delete(name);
    else next.set(name, value);
  }
  return next;
}
