const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * A number from 0 to 2³² − 1 that looks like chance, and is the same for a text in every process: 32-bit FNV-1a
 * (http://www.isthe.com/chongo/tech/comp/fnv/) over the bytes of the text's UTF-16 units without those that are 0 on top, so for ASCII as
 * published, and then the finaliser of MurmurHash3 (fmix32 of https://github.com/aappleby/smhasher), because FNV alone spreads similar texts
 * badly over the upper bits. Two texts may share a number, and whoever wants to can find such texts: nothing of safety may rest on it.
 */
export function textHash(text: string): number {
  return mixed(fnv1a(text));
}

function fnv1a(text: string): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    hash = Math.imul(hash ^ (unit & 0xff), FNV_PRIME);
    if (unit > 0xff) hash = Math.imul(hash ^ (unit >>> 8), FNV_PRIME);
  }
  return hash;
}

function mixed(hash: number): number {
  let bits = hash ^ (hash >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
