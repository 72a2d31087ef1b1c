/** Parts of a Markdown document. Texts are escaped when it is written, so that what people have typed stays a text. */
import { gfmToMarkdown } from 'mdast-util-gfm';
import { toMarkdown } from 'mdast-util-to-markdown';
import { cutText, onOneLine } from '../texts.ts';

/** A tree of Markdown (mdast), as the package takes it. */
type Nodes = Parameters<typeof toMarkdown>[0];
type NodeOf<T extends Nodes['type']> = Extract<Nodes, { type: T }>;
type PhrasingContent = NodeOf<'paragraph'>['children'][number];
/** A heading, a paragraph or a list. */
export type Part = NodeOf<'root'>['children'][number];

/** Longest text of one person, or of one system. */
const LONGEST = 300;

/** A piece of a line; a plain text is one by itself. */
export type Piece = string | PhrasingContent;

/** A line of a list, with the lines below it. */
export interface Line {
  pieces: Piece[];
  below?: Line[];
}

function toPhrasing(piece: Piece): PhrasingContent {
  return typeof piece === 'string' ? { type: 'text', value: onOneLine(piece) } : piece;
}

/** A text that others have written, on one line, and not too long. */
export function said(text: string): string {
  return cutText(onOneLine(text).trim(), LONGEST);
}

/** `: “…”`, in the words of a person; nothing for no words. */
export function inWords(words: string): string {
  return said(words) === '' ? '' : `: “${said(words)}”`;
}

export function strong(text: string): PhrasingContent {
  return { type: 'strong', children: [toPhrasing(text)] };
}

/** An ID or a command, as it is to be typed. */
export function code(text: string): PhrasingContent {
  return { type: 'inlineCode', value: onOneLine(text) };
}

export function link(url: string, text: string): PhrasingContent {
  return { type: 'link', url, children: [{ type: 'text', value: text }] };
}

export function heading(depth: 1 | 2 | 3, ...pieces: Piece[]): Part {
  return { type: 'heading', depth, children: pieces.map(toPhrasing) };
}

export function paragraph(...pieces: Piece[]): NodeOf<'paragraph'> {
  return { type: 'paragraph', children: pieces.map(toPhrasing) };
}

export function line(...pieces: Piece[]): Line {
  return { pieces };
}

/** Nothing for no lines: Markdown has no empty list. */
export function list(lines: readonly Line[]): NodeOf<'list'>[] {
  if (lines.length === 0) return [];
  const children = lines.map(({ pieces, below = [] }): NodeOf<'listItem'> => ({
    type: 'listItem',
    spread: false,
    children: [paragraph(...pieces), ...list(below)],
  }));
  return [{ type: 'list', ordered: false, spread: false, children }];
}

/** The text of a document. */
export function markdownOf(children: Part[]): string {
  const root: Nodes = { type: 'root', children };
  return toMarkdown(root, { bullet: '-', emphasis: '_', extensions: [gfmToMarkdown()] });
}
