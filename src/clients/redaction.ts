/** Texts of outside systems, made fit for messages: without secrets, on one line, and only then cut. */
import { cleanText, cutText } from '../domain/texts.ts';

/** Longest text of an outside system that is kept in a message. */
const LONGEST_QUOTE = 500;
const MASK = '********';

/**
 * Text of an outside system as it may stand in a message. The secrets are taken out of the whole text: one that lies across
 * the cut, or is longer than what is kept, could not be recognised afterwards.
 */
export function quoted(text: string, secrets: readonly string[] = []): string {
  return cutText(cleanText(redact(text, secrets)).replace(/\s+/g, ' ').trim(), LONGEST_QUOTE);
}

/**
 * The same text without the given values: as they are, escaped as JSON (once or several times), with other white space, or
 * with lines broken where there were none.
 */
export function redact(text: string, secrets: readonly string[]): string {
  const spans: Span[] = [];
  const squeezed = squeeze(text);
  for (const secret of new Set(secrets)) {
    const core = squeeze(secret).text;
    // White space alone says nothing, and would be found everywhere.
    if (core === '') continue;
    for (const form of new Set([secret, JSON.stringify(secret).slice(1, -1)])) {
      for (const begin of positions(text, form)) spans.push({ begin, end: begin + form.length });
    }
    for (const at of positions(squeezed.text, core)) {
      const first = squeezed.sources[at];
      const last = squeezed.sources[at + core.length - 1];
      if (first && last) spans.push({ begin: first.begin, end: last.end });
    }
  }
  return maskSpans(text, spans);
}

/** A part of a text, in UTF-16 units; the end is no part of it. */
interface Span {
  begin: number;
  end: number;
}

/**
 * Escapes of JSON and of Go's %q, however often the backslash was escaped itself; white space and control characters;
 * the rest.
 */
const PIECE = /(?<unicode>\\+u(?<code>[\da-f]{4}))|(?<nothing>\\+[nrtfbv]?|[\s\p{Cc}\p{Cs}\uFFFD]+)|[^]/giu;

/** The part that two spellings of one value have in common, and where each of its characters stands in the text. */
function squeeze(text: string): { text: string; sources: Span[] } {
  const characters: string[] = [];
  const sources: Span[] = [];
  for (const { 0: piece, index, groups } of text.matchAll(PIECE)) {
    if (groups?.['nothing'] !== undefined) continue;
    const code = groups?.['code'];
    const read = code === undefined ? piece : String.fromCharCode(parseInt(code, 16));
    if (/^[\s\p{Cc}\uFFFD]$/u.test(read)) continue;
    characters.push(read);
    for (let unit = 0; unit < read.length; unit += 1) {
      sources.push({ begin: index, end: index + piece.length });
    }
  }
  return { text: characters.join(''), sources };
}

/** Where a text occurs, overlapping occurrences too. */
function* positions(text: string, wanted: string): Iterable<number> {
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) yield at;
}

/** One mask for all that hangs together, so that it does not tell how many secrets there were. */
function maskSpans(text: string, spans: Span[]): string {
  const parts: string[] = [];
  let done = 0;
  for (const { begin, end } of spans.sort((a, b) => a.begin - b.begin)) {
    if (begin > done || parts.length === 0) parts.push(text.slice(done, begin), MASK);
    done = Math.max(done, end);
  }
  return `${parts.join('')}${text.slice(done)}`;
}
