// The Frechet distance of two normal distributions: FID, sFID and all that is like them, by the features it is given.
import { ImagefnError } from "@imagefn/base";
import { factor } from "./linear/factor.js";
import { addProducts, padded } from "./linear/products.js";
import { nuclearNorm } from "./linear/singularValues.js";
import type { Gaussian } from "./statistics.js";

/**
 * |mu_a - mu_b|^2 + tr S_a + tr S_b - 2 tr (S_a S_b)^(1/2), in [0, inf).
 *
 * It is FID only for the 2048 numbers that the Inception network of 2015 gives before its last layer, and sFID for the first
 * 7 channels of its mixed_6/conv; for other features say which. It falls with the number of images: compare numbers for the
 * same number of them, 50,000 by custom.
 *
 * The trace of the root is the sum of the singular values of R_a R_b^T for S = R^T R: no matrix root, no imaginary parts,
 * no jitter, and covariances of fewer images than dimensions are no special case. Agrees with scipy's sqrtm, as in
 * guided-diffusion and pytorch-fid, to its own error.
 *
 * @param a mean [dims] and covariance [dims, dims]; `featureStatistics` makes them, or a file of statistics
 * @throws if sizes differ or a number is not finite
 */
export function frechetDistance(a: Gaussian, b: Gaussian): number {
  const dims = a.mean.length;
  for (const { mean, covariance } of [a, b]) {
    if (mean.length !== dims || covariance.length !== dims * dims)
      throw new Error(
        "metrics: frechetDistance takes means [dims] and covariances [dims, dims] of one network " +
          `(got ${mean.length} and ${covariance.length} numbers, expected ${dims} and ${dims * dims})`,
      );
    for (const part of [mean, covariance])
      for (let i = 0; i < part.length; i++)
        if (!Number.isFinite(part[i]))
          throw new ImagefnError(
            "invalid-data",
            `metrics: frechetDistance: the statistics hold ${part[i]} (expected finite numbers)`,
          );
  }
  let sum = 0;
  for (let i = 0; i < dims; i++) {
    sum += (a.mean[i] - b.mean[i]) ** 2 + a.covariance[i * dims + i] + b.covariance[i * dims + i];
  }
  // Rounding must not make a distance negative.
  return Math.max(sum - 2 * traceOfRoot(a.covariance, b.covariance, dims), 0);
}

/** tr (S_a S_b)^(1/2) */
function traceOfRoot(Sa: Float64Array, Sb: Float64Array, dims: number): number {
  const a = paddedRows(factor(Sa, dims), dims);
  const b = paddedRows(factor(Sb, dims), dims);
  const [m, n] = [a.length / dims, b.length / dims];
  const product = new Float64Array(m * n);
  addProducts(product, a, b, dims);
  return nuclearNorm(product, m, n);
}

function paddedRows({ rows, rank }: { rows: Float64Array; rank: number }, dims: number): Float64Array {
  if (rank % 4 === 0) return rows;
  const out = new Float64Array(padded(rank) * dims);
  out.set(rows);
  return out;
}
