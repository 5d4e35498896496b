// Counter-based random numbers: Philox 4x32-10 (Salmon et al. 2011), keyed by (seed, stream), counted by index.

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;

/** High 32 bits of an unsigned 32 x 32 bit product, in 16-bit halves since there are no 64-bit integers. */
function high(a: number, b: number): number {
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const cross = Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16);
  const other = Math.imul(a0, b1) + (cross & 0xffff);
  return (Math.imul(a1, b1) + (cross >>> 16) + (other >>> 16)) | 0;
}

/** One Philox 4x32-10 block: four random words for a counter of four words and a key of two. */
export function philox(
  out: Uint32Array,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
): void {
  for (let round = 0; round < 10; round++) {
    const h0 = high(M0, c0 >>> 0);
    const l0 = Math.imul(M0, c0);
    const h1 = high(M1, c2 >>> 0);
    const l1 = Math.imul(M1, c2);
    c0 = h1 ^ c1 ^ k0;
    c1 = l1;
    c2 = h0 ^ c3 ^ k1;
    c3 = l0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** A 32-bit hash of a name (FNV-1a), for streams. */
function hash(name: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** Numbers that depend on (seed, stream, index) alone: not on batch size, order, resume or threads. */
export interface Random {
  /** Independent numbers for another purpose: `random.stream("noise")`; streams nest. */
  stream(name: string): Random;
  /** n numbers from U[0, 1), the ones that belong to `index`. */
  uniform(n: number, index?: number): Float32Array;
  /** n numbers from N(0, 1), the ones that belong to `index`. Writes into `out` if given. */
  normal(n: number, index?: number, out?: Float32Array): Float32Array;
  /** n whole numbers, uniform in 0..below-1. */
  integers(n: number, below: number, index?: number): Uint32Array;
}

const TO_UNIT = 2 ** -32;

/**
 * z with P(Z < z) = p for Z ~ N(0, 1) and p in (0, 1): Wichura's AS 241 (PPND7), about seven digits.
 * One number gives one number, and most take no transcendental function: several times faster than Box-Muller.
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (
      (q * (((59.10937472 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179)) /
      (((67.1875636 * r + 78.757757664) * r + 17.895169469) * r + 1)
    );
  }
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const s = r <= 5 ? r - 1.6 : r - 5;
  const z =
    r <= 5
      ? (((0.17023821103 * s + 1.3067284816) * s + 2.75681539) * s + 1.4234372777) /
        ((0.12021132975 * s + 0.7370016425) * s + 1)
      : (((0.017337203997 * s + 0.42868294337) * s + 3.081226386) * s + 6.657905115) /
        ((0.012258202635 * s + 0.24197894225) * s + 1);
  return q < 0 ? -z : z;
}

/**
 * Random numbers for a seed.
 * @param seed a whole number in [0, 2^32)
 */
export function random(seed: number): Random {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw new Error(`ops: random: a seed is a whole number from 0 to 2^32 - 1 (got ${seed})`);
  return keyed(seed, "");
}

function keyed(seed: number, path: string): Random {
  const key = hash(path);
  const block = new Uint32Array(4);
  const draw = (i: number, index: number) =>
    philox(block, i, index | 0, Math.floor(index / 2 ** 32), 0, seed, key);

  return {
    stream: (name) => keyed(seed, `${path}/${name}`),
    uniform(n, index = 0) {
      const out = new Float32Array(n);
      for (let i = 0; i < n; i += 4) {
        draw(i >>> 2, index);
        // 24 bits, so that rounding to float32 never gives 1.
        for (let j = 0; j < 4 && i + j < n; j++) out[i + j] = (block[j] >>> 8) * 2 ** -24;
      }
      return out;
    },
    normal(n, index = 0, out = new Float32Array(n)) {
      for (let i = 0; i < n; i += 4) {
        draw(i >>> 2, index);
        for (let j = 0; j < 4 && i + j < n; j++) out[i + j] = normalQuantile((block[j] + 0.5) * TO_UNIT);
      }
      return out;
    },
    integers(n, below, index = 0) {
      const out = new Uint32Array(n);
      for (let i = 0; i < n; i += 4) {
        draw(i >>> 2, index);
        for (let j = 0; j < 4 && i + j < n; j++) out[i + j] = Math.floor(block[j] * TO_UNIT * below);
      }
      return out;
    },
  };
}
