// Random numbers as a pure function of integers: MurmurHash3, and a keyed permutation built on it.

/** MurmurHash3 (x86, 32 bits, seed 0) of a list of 32-bit words. Returns an unsigned 32-bit integer. */
export function hash32(...words: number[]): number {
  let h = 0;
  for (const word of words) {
    let k = Math.imul(word, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h ^= 4 * words.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The two 32-bit words of a whole number up to 2^53, low word first. */
export function words(value: number): [number, number] {
  return [value >>> 0, Math.floor(value / 2 ** 32)];
}

const ROUNDS = 8;

/**
 * The keyed permutation of 0..count-1: a balanced Feistel network on the next power of four, walked until it
 * lands inside (fewer than four steps on average). No table, so any position of any epoch costs the same.
 * `index` in [0, count), `count` in [1, 2^32]; one-to-one for each key.
 */
export function permute(index: number, count: number, key: number): number {
  const halfBits = Math.max(1, Math.ceil(Math.log2(count) / 2));
  const half = 2 ** halfBits;
  let value = index;
  do {
    let left = Math.floor(value / half);
    let right = value % half;
    for (let round = 0; round < ROUNDS; round++) {
      const mixed = left ^ (hash32(key, round, right) & (half - 1));
      left = right;
      right = mixed;
    }
    value = left * half + right;
  } while (value >= count);
  return value;
}
