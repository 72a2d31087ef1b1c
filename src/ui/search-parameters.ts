/** Filters live in the URL: a link shows what its sender saw, and Back goes back. */
import { useLocation, useSearch } from 'wouter';

export interface SearchParameters {
  get(name: string): string;
  all(name: string): string[];
  /** Sets some and leaves the others, from the first page on; an empty value takes one away. */
  set(changes: Record<string, string>): void;
}

export function useSearchParameters(): SearchParameters {
  const search = useSearch();
  const [path, go] = useLocation();
  const present = new URLSearchParams(search);
  return {
    get: (name) => present.get(name) ?? '',
    all: (name) => present.getAll(name),
    set: (changes) => go(`${path}${changedSearch(search, changes)}`, { replace: true }),
  };
}

/** `?…` after the changes, or an empty text. */
export function changedSearch(search: string, changes: Record<string, string>): string {
  const next = new URLSearchParams(search);
  if (!('page' in changes)) next.delete('page');
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  return text === '' ? '' : `?${text}`;
}
