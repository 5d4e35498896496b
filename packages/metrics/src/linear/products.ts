// Matrix products in float64, for all that has to be exact: blocked for caches and registers.

/** The smallest multiple of 4 that is at least n: what rows are padded to. */
export const padded = (n: number): number => (n + 3) & ~3;

/** Numbers of each row that are multiplied before the next rows: four rows of both factors fit the first cache. */
const CHUNK = 256;

/**
 * out += a b^T for a [m, inner], b [n, inner], out [m, n]; m and n are multiples of 4 (pad with zero rows).
 * With `upper`, only the blocks of 4 x 4 on and above the diagonal.
 */
export function addProducts(
  out: Float64Array,
  a: Float64Array,
  b: Float64Array,
  inner: number,
  { upper = false } = {},
): void {
  const m = a.length / inner;
  const n = b.length / inner;
  for (let from = 0; from < inner; from += CHUNK) {
    const to = Math.min(from + CHUNK, inner);
    for (let i = 0; i < m; i += 4)
      for (let j = upper ? i : 0; j < n; j += 2) addBlock(out, n, a, b, i, j, inner, from, to);
  }
}

/** Four rows of a with two of b: as many sums as there are registers for. */
function addBlock(
  out: Float64Array,
  n: number,
  a: Float64Array,
  b: Float64Array,
  i: number,
  j: number,
  inner: number,
  from: number,
  to: number,
): void {
  const a0 = i * inner;
  const a1 = a0 + inner;
  const a2 = a1 + inner;
  const a3 = a2 + inner;
  const b0 = j * inner;
  const b1 = b0 + inner;
  let s00 = 0;
  let s01 = 0;
  let s10 = 0;
  let s11 = 0;
  let s20 = 0;
  let s21 = 0;
  let s30 = 0;
  let s31 = 0;
  for (let l = from; l < to; l++) {
    const y0 = b[b0 + l];
    const y1 = b[b1 + l];
    const x0 = a[a0 + l];
    s00 += x0 * y0;
    s01 += x0 * y1;
    const x1 = a[a1 + l];
    s10 += x1 * y0;
    s11 += x1 * y1;
    const x2 = a[a2 + l];
    s20 += x2 * y0;
    s21 += x2 * y1;
    const x3 = a[a3 + l];
    s30 += x3 * y0;
    s31 += x3 * y1;
  }
  const o0 = i * n + j;
  const o1 = o0 + n;
  const o2 = o1 + n;
  const o3 = o2 + n;
  out[o0] += s00;
  out[o0 + 1] += s01;
  out[o1] += s10;
  out[o1 + 1] += s11;
  out[o2] += s20;
  out[o2 + 1] += s21;
  out[o3] += s30;
  out[o3 + 1] += s31;
}
