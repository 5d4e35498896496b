// Peak signal-to-noise ratio: the formula, in one place.

/**
 * 10 log10(peak^2 / MSE) in decibels; Infinity for an error of 0.
 * @param meanSquaredError at least 0, in the units of the numbers compared
 * @param peak the distance from black to white: 255 for bytes, 2 for numbers in [-1, 1]
 */
export const psnr = (meanSquaredError: number, peak: number): number =>
  10 * Math.log10(peak ** 2 / meanSquaredError);
