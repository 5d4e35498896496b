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
 */
function bidiagonalise(A: Float64Array, m: number, n: number): Float64Array {
  const out = new Float64Array(2 * n - 1);
  const column = new Float64Array(m);
  const row = new Float64Array(n);
  const product = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    for (let i = k; i < m; i++) column[i] = A[i * n + k];
    const left = reflector(column, k, m);
    out[2 * k] = left.value;
    if (k === n - 1) break;
    transposedTimes(product, A, n, column, k, m, left.scale);
    // The first row decides on the reflection from the right, which then meets each of the others while it is in cache.
    const first = k * n;
    for (let j = k + 1; j < n; j++) row[j] = A[first + j] - column[k] * product[j];
    const right = reflector(row, k + 1, n);
    out[2 * k + 1] = right.value;
    for (let i = k + 1; i < m; i++) updateRow(A, i * n, column[i], product, row, k + 1, n, right.scale);
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

/** out[j] = scale * sum over rows i >= k of v[i] A[i, j], for j > k; four rows at a time. */
function transposedTimes(
  out: Float64Array,
  A: Float64Array,
  n: number,
  v: Float64Array,
  k: number,
  m: number,
  scale: number,
): void {
  out.fill(0);
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
    for (let j = k + 1; j < n; j++)
      out[j] += v0 * A[r0 + j] + v1 * A[r1 + j] + v2 * A[r2 + j] + v3 * A[r3 + j];
  }
  for (; i < m; i++) {
    const r = i * n;
    const vi = scale * v[i];
    for (let j = k + 1; j < n; j++) out[j] += vi * A[r + j];
  }
}

/** One row of A - v y^T, times I - scale w w^T: columns from..n of the row that begins at `at`. */
function updateRow(
  A: Float64Array,
  at: number,
  v: number,
  y: Float64Array,
  w: Float64Array,
  from: number,
  n: number,
  scale: number,
): void {
  let even = 0;
  let odd = 0;
  let j = from;
  for (; j + 2 <= n; j += 2) {
    const a0 = A[at + j] - v * y[j];
    const a1 = A[at + j + 1] - v * y[j + 1];
    A[at + j] = a0;
    A[at + j + 1] = a1;
    even += a0 * w[j];
    odd += a1 * w[j + 1];
  }
  if (j < n) {
    A[at + j] -= v * y[j];
    even += A[at + j] * w[j];
  }
  const z = scale * (even + odd);
  for (j = from; j < n; j++) A[at + j] -= z * w[j];
}
