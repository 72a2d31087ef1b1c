/** Texts of the service as they may stand in a terminal. */

// Escape sequences in a description could change what stands on the screen, and marks of direction the order in which it is read.
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu;

/** On one line, without tabs and control characters. */
export function plain(text: string): string {
  return text.replace(CONTROLS, ' ').trimEnd();
}

/** Likewise line by line. */
export function plainLines(text: string): string {
  return text.split('\n').map(plain).join('\n');
}

/** Characters as a terminal counts most of them. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** At most so many characters, the last one `…` when something was cut off. */
export function cut(text: string, width: number): string {
  const characters = Array.from(text);
  if (characters.length <= width) return text;
  return width <= 1 ? characters.slice(0, width).join('') : `${characters.slice(0, width - 1).join('')}…`;
}

/** `2026-11-29T06:39:42Z`; an empty text for nothing. */
export function time(instant: string | null | undefined): string {
  if (!instant) return '';
  const ms = Date.parse(instant);
  return Number.isNaN(ms) ? plain(instant) : `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** `06:39Z`, with the day where that is another one than that of now. */
export function clock(instant: string, nowMs: number): string {
  const ms = Date.parse(instant);
  if (Number.isNaN(ms)) return plain(instant);
  const text = new Date(ms).toISOString();
  const isToday = text.slice(0, 10) === new Date(nowMs).toISOString().slice(0, 10);
  return isToday ? `${text.slice(11, 16)}Z` : `${text.slice(0, 16)}Z`;
}

const UNITS: readonly [string, number][] = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
];

/** The largest two units that matter: `5 h`, `1 d 4 h`, `12 s`. */
export function duration(ms: number): string {
  let seconds = Math.max(0, Math.round(ms / 1_000));
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(seconds / size);
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
    seconds -= count * size;
    if (parts.length === 2) break;
  }
  return parts.join(' ') || '0 s';
}

const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** Milliseconds of `90s`, `10m`, `1h30m`; undefined for anything else, and for nothing. */
export function parseDuration(text: string): number | undefined {
  const [whole, ...counts] = DURATION.exec(text) ?? [];
  if (!whole) return undefined;
  const seconds = counts.reduce((sum, count, at) => sum + Number(count || 0) * (UNITS[at]?.[1] ?? 0), 0);
  return seconds > 0 ? seconds * 1_000 : undefined;
}

/** `1 runtime`, `5 runtimes`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
