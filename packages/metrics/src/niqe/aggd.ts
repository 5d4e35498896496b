// Fits asymmetric generalised Gaussian distributions (AGGD) to numbers: the features of NIQE.
import { gamma } from "./gamma.js";

/** An AGGD: shape alpha, left and right scale. NaN scales where there is nothing on a side. */
export interface Aggd {
  readonly alpha: number;
  readonly left: number;
  readonly right: number;
}

interface Grid {
  readonly alpha: Float64Array;
  /** r(alpha) = Gamma(2/alpha)^2 / (Gamma(1/alpha) Gamma(3/alpha)), increasing */
  readonly ratio: Float64Array;
}

let grid: Grid | undefined;

/** Candidates for alpha: 0.2, 0.201, .. 10. Made at first use. */
function candidates(): Grid {
  if (grid) return grid;
  const alpha = Float64Array.from({ length: 9801 }, (_, i) => 0.2 + i * 0.001);
  const ratio = alpha.map((a) => gamma(2 / a) ** 2 / (gamma(1 / a) * gamma(3 / a)));
  grid = { alpha, ratio };
  return grid;
}

/**
 * Moment matching (Lasmar, Stitou & Berthoumieu, Multiscale skewed heavy tailed model for texture analysis, 2009), with
 * alpha from a grid as in the reference.
 */
export function fitAggd(x: Float64Array): Aggd {
  let [below, above, leftSquares, rightSquares, absolute] = [0, 0, 0, 0, 0];
  for (const v of x) {
    absolute += Math.abs(v);
    if (v < 0) {
      below++;
      leftSquares += v * v;
    } else if (v > 0) {
      above++;
      rightSquares += v * v;
    }
  }
  const left = Math.sqrt(leftSquares / below);
  const right = Math.sqrt(rightSquares / above);
  const gh = left / right;
  const rh = (absolute / x.length) ** 2 / ((leftSquares + rightSquares) / x.length);
  const alpha = nearestAlpha((rh * (gh ** 3 + 1) * (gh + 1)) / (gh ** 2 + 1) ** 2);
  const scale = Math.sqrt(gamma(1 / alpha) / gamma(3 / alpha));
  return { alpha, left: left * scale, right: right * scale };
}

/** The candidate with r(alpha) nearest to a ratio; the first for NaN, as in the references. */
function nearestAlpha(wanted: number): number {
  const { alpha, ratio } = candidates();
  let low = 0;
  let high = ratio.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (ratio[middle] > wanted || Number.isNaN(wanted)) high = middle;
    else low = middle;
  }
  return alpha[ratio[high] - wanted < wanted - ratio[low] ? high : low];
}

/** The 18 features of one block of normalised luma [rows, columns], row by row. */
export function blockFeatures(block: Float64Array, rows: number, columns: number): number[] {
  const { alpha, left, right } = fitAggd(block);
  const features = [alpha, (left + right) / 2];
  const product = new Float64Array(block.length);
  for (const [down, across] of SHIFTS) {
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        const from = ((i - down + rows) % rows) * columns + ((j - across + columns) % columns);
        product[i * columns + j] = block[i * columns + j] * block[from];
      }
    const fit = fitAggd(product);
    const mean = (fit.right - fit.left) * (gamma(2 / fit.alpha) / gamma(1 / fit.alpha));
    features.push(fit.alpha, mean, fit.left, fit.right);
  }
  return features;
}

/** Neighbours whose products are looked at; blocks wrap round. */
const SHIFTS = [
  [0, 1],
  [1, 0],
  [1, 1],
  [1, -1],
] as const;
