// The structural similarity of a picture and its copy.
import { ImagefnError } from "@imagefn/base";
import { channelsOf, type Picture, plane } from "./picture.js";

/** The range of the pictures' numbers. */
export interface SsimOptions {
  /** The distance from black to white: 1 for numbers in [0, 1], 255 for bytes. */
  readonly range?: number;
}

const SIGMA = 1.5;
const RADIUS = 5;
const K1 = 0.01;
const K2 = 0.03;

/**
 * SSIM (Wang et al., Image quality assessment: from error visibility to structural similarity, 2004): 1 for equal pictures,
 * above -1. A Gaussian window of 11 x 11 with sigma 1.5, K1 = 0.01, K2 = 0.03, variances with divisor n, the mean over all
 * places where the window fits, then over the channels.
 *
 * As skimage's `structural_similarity(a, b, channel_axis=0, data_range=255, gaussian_weights=True, sigma=1.5,
 * use_sample_covariance=False)`. For the number of Wang's own program pass one channel, and shrink pictures above 256
 * pixels as it does.
 *
 * @param a planar [channels, height, width], at least 11 x 11
 * @param b the same size
 * @throws if sizes differ or are below the window's
 */
export function ssim(a: Picture, b: Picture, { range = 255 }: SsimOptions = {}): number {
  const { width, height } = a;
  const channels = channelsOf("ssim", a);
  if (b.width !== width || b.height !== height || channelsOf("ssim", b) !== channels)
    throw new Error(
      `metrics: ssim compares pictures of one size (got ${width} x ${height} and ${b.width} x ${b.height}, ` +
        `${a.data.length} and ${b.data.length} numbers)`,
    );
  if (Math.min(width, height) < 2 * RADIUS + 1)
    throw new ImagefnError(
      "invalid-data",
      `metrics: ssim needs pictures of at least 11 x 11 (got ${width} x ${height})`,
    );
  const c1 = (K1 * range) ** 2;
  const c2 = (K2 * range) ** 2;
  let total = 0;
  for (let channel = 0; channel < channels; channel++) {
    const x = plane(a, channel);
    const y = plane(b, channel);
    const smooth = (f: (i: number) => number) =>
      windowed(
        x.map((_, i) => f(i)),
        width,
        height,
      );
    const mx = smooth((i) => x[i]);
    const my = smooth((i) => y[i]);
    const mxx = smooth((i) => x[i] * x[i]);
    const myy = smooth((i) => y[i] * y[i]);
    const mxy = smooth((i) => x[i] * y[i]);
    let sum = 0;
    for (let i = 0; i < mx.length; i++) {
      const product = mx[i] * my[i];
      const squares = mx[i] * mx[i] + my[i] * my[i];
      const covariance = mxy[i] - product;
      const variances = mxx[i] + myy[i] - squares;
      sum += ((2 * product + c1) * (2 * covariance + c2)) / ((squares + c1) * (variances + c2));
    }
    total += sum / mx.length;
  }
  return total / channels;
}

const taps = Array.from({ length: 2 * RADIUS + 1 }, (_, i) =>
  Math.exp(-((i - RADIUS) ** 2) / (2 * SIGMA ** 2)),
);
const weights = taps.map((w) => w / taps.reduce((a, b) => a + b, 0));

/** The Gaussian mean where the window fits: [height, width] to [height - 10, width - 10]. */
function windowed(x: Float64Array, width: number, height: number): Float64Array {
  const w = width - 2 * RADIUS;
  const h = height - 2 * RADIUS;
  const columns = new Float64Array(h * width);
  for (const [tap, weight] of weights.entries())
    for (let i = 0; i < columns.length; i++) columns[i] += weight * x[i + tap * width];
  const out = new Float64Array(h * w);
  for (let row = 0; row < h; row++)
    for (const [tap, weight] of weights.entries())
      for (let column = 0; column < w; column++)
        out[row * w + column] += weight * columns[row * width + column + tap];
  return out;
}
