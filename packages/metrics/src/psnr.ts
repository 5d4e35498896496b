// Peak signal-to-noise ratio of a picture and its copy.
import { psnr as psnrOf } from "@imagefn/ops";

/** The range of the numbers that `psnr` compares. */
export interface PsnrOptions {
  /** The distance from black to white: 1 for numbers in [0, 1], 255 for bytes. */
  readonly range?: number;
}

/**
 * 10 log10(range^2 / MSE) in decibels, the mean taken over all numbers of both pictures: Infinity for equal ones.
 * As skimage.metrics.peak_signal_noise_ratio with `data_range`.
 *
 * @param a numbers of any layout, as bytes [height, width, 3]
 * @param b the same layout
 * @throws if the lengths differ
 */
export function psnr(a: ArrayLike<number>, b: ArrayLike<number>, { range = 255 }: PsnrOptions = {}): number {
  if (a.length !== b.length || a.length === 0)
    throw new Error(`metrics: psnr takes two pictures of one size (got ${a.length} and ${b.length} numbers)`);
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i] - b[i]) ** 2;
  return psnrOf(squares / a.length, range);
}
