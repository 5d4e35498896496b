// A factor of a covariance matrix, of as many rows as the matrix has rank: Cholesky's, with pivots.
import { ImagefnError } from "@imagefn/base";

export interface Factor {
  /** R [rank, dims] */
  readonly rows: Float64Array;
  /** Column pivots[k] is zero below row k. */
  readonly pivots: Int32Array;
  readonly rank: number;
}

/**
 * R [rank, dims] with R^T R = S for a symmetric, positive semidefinite S [dims, dims].
 *
 * The next pivot is always the largest remaining variance, and when all that remain are rounding, there are no more: a
 * matrix of fewer images than dimensions needs no jitter. (Higham, Analysis of the Cholesky decomposition of a
 * semi-definite matrix, 1990; the tolerance is LAPACK's dpstrf.)
 * @throws if S has a variance that is negative beyond rounding
 */
export function factor(S: Float64Array, dims: number): Factor {
  const remaining = Float64Array.from({ length: dims }, (_, i) => S[i * dims + i]);
  const largest = Math.max(...remaining);
  const tolerance = dims * Number.EPSILON * largest;
  for (const [i, v] of remaining.entries())
    if (v < -tolerance)
      throw new ImagefnError(
        "invalid-data",
        `metrics: a covariance matrix has no negative variances (got ${v} at ${i})`,
      );
  const R = new Float64Array(dims * dims);
  const pivots = new Int32Array(dims);
  let rank = 0;
  for (; rank < dims; rank++) {
    let pivot = 0;
    for (let i = 1; i < dims; i++) if (remaining[i] > remaining[pivot]) pivot = i;
    if (!(remaining[pivot] > tolerance)) break;
    pivots[rank] = pivot;
    const row = R.subarray(rank * dims, (rank + 1) * dims);
    row.set(S.subarray(pivot * dims, (pivot + 1) * dims));
    subtractRows(row, R, dims, rank, pivot);
    const root = Math.sqrt(remaining[pivot]);
    for (let i = 0; i < dims; i++) {
      row[i] = remaining[i] === -Infinity ? 0 : row[i] / root;
      remaining[i] -= row[i] * row[i];
    }
    row[pivot] = root;
    // Used up: never a pivot again, and nothing is left of its column.
    remaining[pivot] = -Infinity;
  }
  return { rows: R.subarray(0, rank * dims), pivots: pivots.subarray(0, rank), rank };
}

/** row -= sum over k < rank of R[k, pivot] R[k], four rows at a time. */
function subtractRows(row: Float64Array, R: Float64Array, dims: number, rank: number, pivot: number): void {
  let k = 0;
  for (; k + 4 <= rank; k += 4) {
    const r0 = k * dims;
    const r1 = r0 + dims;
    const r2 = r1 + dims;
    const r3 = r2 + dims;
    const f0 = R[r0 + pivot];
    const f1 = R[r1 + pivot];
    const f2 = R[r2 + pivot];
    const f3 = R[r3 + pivot];
    for (let i = 0; i < dims; i++)
      row[i] -= f0 * R[r0 + i] + f1 * R[r1 + i] + f2 * R[r2 + i] + f3 * R[r3 + i];
  }
  for (; k < rank; k++) {
    const r = k * dims;
    const f = R[r + pivot];
    for (let i = 0; i < dims; i++) row[i] -= f * R[r + i];
  }
}

/** x S^-1 x for the factor R of a regular S: the squared length of y in x = y R. */
export function squaredLength({ rows, pivots, rank }: Factor, x: Float64Array): number {
  const rest = x.slice();
  let sum = 0;
  for (let k = 0; k < rank; k++) {
    const row = rows.subarray(k * x.length, (k + 1) * x.length);
    const y = rest[pivots[k]] / row[pivots[k]];
    for (let i = 0; i < rest.length; i++) rest[i] -= y * row[i];
    sum += y * y;
  }
  return sum;
}
