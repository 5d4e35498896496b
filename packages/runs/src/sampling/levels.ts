// The noise levels of a sampler of several steps, unless a search found others. Works in pages too.
import { heunLevels, karrasGrid, sigmaMax, sigmaMin } from "@imagefn/consistency";
import type { Config } from "../config/schema.js";

/** Where further steps of image functions lead to, in equal ratios from sigmaMax; at less noise they change nothing. */
const LAST_LEVEL = 0.01;

/**
 * Where the ODE of image functions ends if `train.lowest` does not say: below, their error, which every step divides by sigma, is
 * larger than the noise (docs/recipes.md, at 32 pixels).
 */
const LAST_OF_ODE = 0.2;

/**
 * Noise levels after the first of a sampler of `steps` steps. Of a diffusion model: with rho = 7 from 80 to `train.lowest`, in place of
 * null to 0.002 with the skip term, to 0.2 without. Of a consistency model: where every f is an image function they fall in equal ratios from
 * 80 to 0.01, which is excluded: 0.89 for two steps, 4 and 0.2 for three, near the best in docs/recipes.md. With the skip
 * term, which lets noise through at low levels, they are every 1/steps of the way down the s1 sub-intervals of the Karras grid
 * that training ends with, its end excluded.
 */
export function multistepLevels(
  steps: number,
  {
    s1,
    parameterisation,
    objective,
    lowest = null,
  }: Pick<Config["train"], "s1" | "parameterisation"> &
    Partial<Pick<Config["train"], "objective" | "lowest">>,
): number[] {
  if (objective === "diffusion")
    return heunLevels(steps, lowest ?? (parameterisation === "function" ? LAST_OF_ODE : sigmaMin));
  const grid = karrasGrid(s1 + 1);
  const level = (share: number) =>
    parameterisation === "function"
      ? sigmaMax ** (1 - share) * LAST_LEVEL ** share
      : grid[Math.round((1 - share) * s1)];
  return Array.from({ length: steps - 1 }, (_, i) => level((i + 1) / steps));
}
