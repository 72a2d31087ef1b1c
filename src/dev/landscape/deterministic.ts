/**
 * Values that depend on nothing but a seed and an index, so that a fleet of any size needs no memory and is the same
 * after a restart. The mixing of 32 bits is a bijection: names and IDs lead back to the index they were made from.
 */

const MULTIPLIER_1 = 0x85ebca6b;
const MULTIPLIER_2 = 0xc2b2ae35;
/** Inverses of the multipliers modulo 2^32. */
const INVERSE_1 = 0xa5cb9243;
const INVERSE_2 = 0x7ed1b41d;

/** Spreads 32 bits over 32 bits (the finalizer of MurmurHash3); `unmix` undoes it. */
export function mix(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), MULTIPLIER_1);
  h = Math.imul(h ^ (h >>> 13), MULTIPLIER_2);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The inverse of `mix`. */
export function unmix(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), INVERSE_2);
  h = Math.imul(h ^ (h >>> 13) ^ (h >>> 26), INVERSE_1);
  return (h ^ (h >>> 16)) >>> 0;
}

/** 32 bits for a seed, an index and a purpose. */
export function hash(seed: number, index: number, purpose: number): number {
  return mix(mix(mix(seed ^ 0x9e3779b9) + index) + Math.imul(purpose, 0x9e3779b1));
}

/** A number in [0, 1). */
export function fraction(seed: number, index: number, purpose: number): number {
  return hash(seed, index, purpose) / 0x1_0000_0000;
}

/** One of the choices. */
export function pick<T>(choices: readonly [T, ...T[]], seed: number, index: number, purpose: number): T {
  return choices[hash(seed, index, purpose) % choices.length] ?? choices[0];
}

/** 32 bits for a text (FNV-1a). */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h);
}

const hex8 = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');

/** A UUID of version 4's form for an index; `indexOfUuid` reads the index back. */
export function uuid(seed: number, index: number, purpose: number): string {
  const head = mix(index ^ hash(seed, 0, purpose));
  const a = hex8(hash(seed, index, purpose + 0x1000));
  const b = hex8(hash(seed, index, purpose + 0x2000));
  const c = hex8(hash(seed, index, purpose + 0x3000));
  const variant = ((parseInt(b.charAt(0), 16) & 3) | 8).toString(16);
  return `${hex8(head)}-${a.slice(0, 4)}-4${a.slice(5)}-${variant}${b.slice(1, 4)}-${b.slice(4)}${c}`;
}

/** The index that a UUID was made from, or undefined when it was not made by `uuid` with that seed and purpose. */
export function indexOfUuid(value: string, seed: number, purpose: number): number | undefined {
  const head = /^[0-9a-f]{8}(?=-)/.exec(value)?.[0];
  if (head === undefined) return undefined;
  const index = (unmix(parseInt(head, 16)) ^ hash(seed, 0, purpose)) >>> 0;
  return uuid(seed, index, purpose) === value ? index : undefined;
}
