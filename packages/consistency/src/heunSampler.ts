// Samples of a diffusion model by Heun's method along the probability-flow ODE (Karras et al. 2022, algorithm 1, without churn).
import type { ConsistencyModel } from "./model.js";
import { sigmaMax, sigmaMin } from "./scalings.js";

const RHO = 7;

/**
 * Noise levels after the first of n steps: from 80 to `lowest` with rho = 7, t_1 .. t_(n-1) (Karras et al. 2022, Eq. 5). Step i goes
 * from t_i to the next one, and the last one from t_(n-1) = `lowest` to 0, where x is D itself.
 * @throws if the number of steps is not whole, or `lowest` is not below 80 and at least sigmaMin
 */
export function heunLevels(steps: number, lowest = sigmaMin): number[] {
  if (!Number.isInteger(steps) || steps < 1)
    throw new Error(`consistency: expected at least 1 step (got ${steps})`);
  if (!(lowest >= sigmaMin && lowest < sigmaMax))
    throw new Error(
      `consistency: the lowest level must be at least ${sigmaMin} and below ${sigmaMax} (got ${lowest})`,
    );
  const [high, low] = [sigmaMax ** (1 / RHO), lowest ** (1 / RHO)];
  const level = (i: number) => (high + (i / (steps - 1)) * (low - high)) ** RHO;
  return Array.from({ length: steps - 1 }, (_, i) => (i === steps - 2 ? lowest : level(i + 1)));
}

/** Evaluations of the network for a sample of n steps of Heun's method: two for each, and one for the last, to noise 0. */
export const heunEvaluations = (steps: number): number => 2 * steps - 1;

/**
 * Noisy images at the last of falling levels, moved there along the ODE by one step of Heun's method for each: dx/dsigma =
 * (x - D(x, sigma)) / sigma. Another D takes the last one to images: `denoise(x, levels.at(-1))`.
 * @param denoise D: noisy images [batch, 3, h, w] at a level to the mean of the images that they may be
 * @param x noisy images at the first level
 */
export async function heunPath(
  denoise: ConsistencyModel,
  x: Float32Array,
  levels: readonly number[],
): Promise<Float32Array> {
  let at = x;
  for (const [i, low] of levels.slice(1).entries()) {
    const high = levels[i];
    const slope = slopes(at, await denoise(at, high), high);
    const there = at.map((v, k) => v + (low - high) * slope[k]);
    const other = slopes(there, await denoise(there, low), low);
    at = at.map((v, k) => v + ((low - high) * (slope[k] + other[k])) / 2);
  }
  return at;
}

const slopes = (x: Float32Array, clean: Float32Array, sigma: number): Float32Array =>
  x.map((v, k) => (v - clean[k]) / sigma);
