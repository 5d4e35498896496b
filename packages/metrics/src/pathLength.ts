// Perceptual path length: how fast the pictures of a generator change along a path of its noise (Karras et al. 2019).
import { ImagefnError } from "@imagefn/base";

/** The length of paths. */
export interface PathLength {
  /** The mean of the distances over epsilon^2 that are kept. */
  readonly mean: number;
  /** Their standard deviation (divisor n). */
  readonly std: number;
  /** How many are kept. */
  readonly kept: number;
  /** The least and the greatest that are kept: the outliers beyond both are left out. */
  readonly range: readonly [least: number, greatest: number];
}

/** Which outliers are left out. */
export interface PathLengthOptions {
  /** Percentiles between which distances are kept. Default [1, 99]. */
  readonly percentiles?: readonly [lower: number, upper: number];
}

/**
 * Perceptual path length of distances d(g(z_t), g(z_{t + epsilon})): the mean of d / epsilon^2 without outliers (Karras et al., A
 * style-based generator architecture for generative adversarial networks, 2019, section 4.1). d is a squared distance, such as
 * LPIPS, so that the quotient tends to a squared speed.
 *
 * As in torch-fidelity, distances below the 1st and above the 99th percentile are left out, each percentile being a distance that
 * occurs: the next one below, and the next one above.
 *
 * @param distances of pairs whose noise is `epsilon` apart, 0 or above
 * @throws ImagefnError `invalid-data` where there are none, or one is not finite
 */
export function pathLength(
  distances: ArrayLike<number>,
  epsilon: number,
  { percentiles: [lower, upper] = [1, 99] }: PathLengthOptions = {},
): PathLength {
  if (!(epsilon > 0))
    throw new Error(`metrics: pathLength: epsilon is ${epsilon} (expected a number above 0)`);
  if (!(lower >= 0 && lower < upper && upper <= 100))
    throw new Error(
      `metrics: pathLength: percentiles are [${lower}, ${upper}] (expected 0 <= lower < upper <= 100)`,
    );
  const sorted = Float64Array.from(distances, (d) => d / epsilon ** 2).sort();
  const n = sorted.length;
  if (n === 0 || !sorted.every(Number.isFinite))
    throw new ImagefnError(
      "invalid-data",
      `metrics: pathLength: got ${n === 0 ? "no distances" : "a distance that is not finite"} (expected finite numbers)`,
    );
  const range = [
    sorted[Math.floor(((n - 1) * lower) / 100)],
    sorted[Math.ceil(((n - 1) * upper) / 100)],
  ] as const;
  const kept = sorted.filter((d) => d >= range[0] && d <= range[1]);
  const mean = kept.reduce((sum, d) => sum + d, 0) / kept.length;
  const variance = kept.reduce((sum, d) => sum + (d - mean) ** 2, 0) / kept.length;
  return { mean, std: Math.sqrt(variance), kept: kept.length, range };
}
