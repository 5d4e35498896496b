// The sum of the singular values of a matrix: bidiagonal form by reflections, then eigenvalues of a tridiagonal matrix.
import { tridiagonalEigenvalues } from "./tridiagonal.js";

/**
 * The nuclear norm of A [m, n]: the sum of its singular values, to about 1e-15 of the largest of them each.
 * A is overwritten.
 *
 * Golub & Kahan's bidiagonalisation; the eigenvalues of the tridiagonal matrix with zeros on the diagonal and the
 * bidiagonal's entries beside it are plus and minus the singular values, so that nothing is ever squared.
 */
export function nuclearNorm(A: Float64Array, m: number, n: number): number {
  if (m === 0 || n === 0) return 0;
  const beside = m >= n ? bidiagonalise(A, m, n) : bidiagonalise(transposed(A, m, n), n, m);
  const values = tridiagonalEigenvalues(new Float64Array(beside.length + 1), beside);
  let sum = 0;
  for (const v of values) sum += Math.abs(v);
  return sum / 2;
}

function transposed(A: Float64Array, m: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[j * m + i] = A[i * n + j];
  return out;
}

/**
 * The entries of the upper bidiagonal matrix that A [m, n], m >= n, becomes under reflections from both sides: diagonal,
 * superdiagonal, diagonal, .. : 2 n - 1 numbers.
 *
 * The update of a reflection from the right, - z w^T, waits for the next one from the left, so that A is read twice and
 * written once for each column: moving it is what takes the time.
 */
function bidiagonalise(A: Float64Array, m: number, n: number): Float64Array {
  const out = new Float64Array(2 * n - 1);
  const v = new Float64Array(m);
  const y = new Float64Array(n);
  const z = new Float64Array(m);
  let w = new Float64Array(n);
  let next = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    for (let i = k; i < m; i++) v[i] = A[i * n + k] - z[i] * w[k];
    const left = reflector(v, k, m);
    out[2 * k] = left.value;
    if (k === n - 1) break;
    transposedTimes(y, A, n, v, z, w, k, m, left.scale);
    // The first row decides on the reflection from the right, which then meets each of the others while it is in cache.
    for (let j = k + 1; j < n; j++) next[j] = A[k * n + j] - z[k] * w[j] - y[j];
    const right = reflector(next, k + 1, n);
    out[2 * k + 1] = right.value;
    let i = k + 1;
    if ((m - i) % 2 === 1) {
      updateRows(A, i, i, n, v, y, z, w, next, k + 1, right.scale);
      i++;
    }
    for (; i < m; i += 2) updateRows(A, i, i + 1, n, v, y, z, w, next, k + 1, right.scale);
    [w, next] = [next, w];
  }
  return out;
}

/**
 * Turns x[from..to) into v so that (I - scale v v^T) x = value e_1.
 */
function reflector(x: Float64Array, from: number, to: number): { value: number; scale: number } {
  let largest = 0;
  for (let i = from; i < to; i++) largest = Math.max(largest, Math.abs(x[i]));
  if (largest === 0) return { value: 0, scale: 0 };
  let squares = 0;
  for (let i = from; i < to; i++) squares += (x[i] / largest) ** 2;
  const norm = largest * Math.sqrt(squares);
  const value = x[from] > 0 ? -norm : norm;
  const v0 = x[from] - value;
  for (let i = from + 1; i < to; i++) x[i] /= v0;
  const scale = -v0 / value;
  x[from] = 1;
  return { value, scale };
}

/** y[j] = scale * sum over rows i >= k of v[i] (A - z w^T)[i, j], for j > k; four rows at a time. */
function transposedTimes(
  y: Float64Array,
  A: Float64Array,
  n: number,
  v: Float64Array,
  z: Float64Array,
  w: Float64Array,
  k: number,
  m: number,
  scale: number,
): void {
  let zv = 0;
  for (let i = k; i < m; i++) zv += z[i] * v[i];
  for (let j = k + 1; j < n; j++) y[j] = -scale * zv * w[j];
  let i = k;
  for (; i + 4 <= m; i += 4) {
    const r0 = i * n;
    const r1 = r0 + n;
    const r2 = r1 + n;
    const r3 = r2 + n;
    const v0 = scale * v[i];
    const v1 = scale * v[i + 1];
    const v2 = scale * v[i + 2];
    const v3 = scale * v[i + 3];
    for (let j = k + 1; j < n; j++) y[j] += v0 * A[r0 + j] + v1 * A[r1 + j] + v2 * A[r2 + j] + v3 * A[r3 + j];
  }
  for (; i < m; i++) {
    const r = i * n;
    const vi = scale * v[i];
    for (let j = k + 1; j < n; j++) y[j] += vi * A[r + j];
  }
}

/**
 * Rows p and q (or one row twice) of A - z w^T - v y^T, from column `from` on, and their products with the next w, times
 * scale, as their new z.
 */
function updateRows(
  A: Float64Array,
  p: number,
  q: number,
  n: number,
  v: Float64Array,
  y: Float64Array,
  z: Float64Array,
  w: Float64Array,
  next: Float64Array,
  from: number,
  scale: number,
): void {
  const atP = p * n;
  const atQ = q * n;
  const zp = z[p];
  const zq = z[q];
  const vp = v[p];
  const vq = v[q];
  let sumP = 0;
  let sumQ = 0;
  for (let j = from; j < n; j++) {
    const wj = w[j];
    const yj = y[j];
    const nj = next[j];
    // Both are read before either is written: they may be the same.
    const a = A[atP + j] - zp * wj - vp * yj;
    const b = A[atQ + j] - zq * wj - vq * yj;
    A[atP + j] = a;
    A[atQ + j] = b;
    sumP += a * nj;
    sumQ += b * nj;
  }
  z[p] = scale * sumP;
  z[q] = scale * sumQ;
}
