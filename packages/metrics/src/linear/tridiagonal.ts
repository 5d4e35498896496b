// Eigenvalues of a symmetric tridiagonal matrix, by implicit QL steps.

/** Steps for one eigenvalue; two are usual. */
const LIMIT = 60;

/**
 * The eigenvalues, in no order, of the symmetric matrix with `diagonal` [n] and `beside` [n - 1], each to about 1e-16 of
 * the largest. `diagonal` is overwritten and returned.
 *
 * QL with Wilkinson's shift (Dubrulle, Martin & Wilkinson, The implicit QL algorithm, 1968). An entry beside the diagonal
 * counts as zero at 2^-53 of the matrix's norm: what is wanted is a sum.
 */
export function tridiagonalEigenvalues(diagonal: Float64Array, beside: Float64Array): Float64Array {
  const n = diagonal.length;
  const d = diagonal;
  const e = new Float64Array(n);
  e.set(beside);
  let norm = 0;
  for (let i = 0; i < n; i++) norm = Math.max(norm, Math.abs(d[i]) + Math.abs(e[i]));
  const negligible = (Number.EPSILON / 2) * norm;

  for (let first = 0; first < n; first++) {
    for (let step = 0; ; step++) {
      let last = first;
      while (last < n - 1 && Math.abs(e[last]) > negligible) last++;
      if (last === first) break;
      if (step === LIMIT) throw new Error(`metrics: an eigenvalue was not found in ${LIMIT} steps`);
      qlStep(d, e, first, last);
    }
  }
  return d;
}

/** One step on the block first..last, whose entries beside the diagonal are none of them zero. */
function qlStep(d: Float64Array, e: Float64Array, first: number, last: number): void {
  const half = (d[first + 1] - d[first]) / (2 * e[first]);
  const root = Math.sqrt(half * half + 1);
  const shift = d[first] - e[first] / (half + (half >= 0 ? root : -root));
  // A rotation at the bottom by the shift, then rotations that chase the bulge upwards.
  let g = d[last] - shift;
  let s = 1;
  let c = 1;
  let p = 0;
  for (let i = last - 1; i >= first; i--) {
    const f = s * e[i];
    const b = c * e[i];
    const r = Math.sqrt(f * f + g * g);
    e[i + 1] = r;
    if (r === 0) {
      // Nothing is left of the bulge: the block falls in two.
      d[i + 1] -= p;
      e[last] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    const t = (d[i] - g) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = g + p;
    g = c * t - b;
  }
  d[first] -= p;
  e[first] = g;
  e[last] = 0;
}
