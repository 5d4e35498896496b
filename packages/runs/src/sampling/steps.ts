// In how many steps a run is sampled, and at which noise levels.
import { ImagefnError, quoted } from "@imagefn/base";
import { heunLevels, karrasGrid, scalingOf, sigmaMax, sigmaMin } from "@imagefn/consistency";
import type { Config } from "../config/schema.js";
import type { RunFolder } from "../folder/runFolder.js";
import { invalidOption } from "../invalidOption.js";
import type { SamplerOptions } from "./sampler.js";

/** Steps of a diffusion model's samples: 18 of Heun's method, as EDM takes for 32 pixels (Karras et al. 2022, table 1). */
const DIFFUSION_STEPS = 18;

/** Steps of a run's samples where nobody says how many. */
export const usualSteps = ({ objective }: Pick<Config["train"], "objective">): number =>
  objective === "diffusion" ? DIFFUSION_STEPS : 1;

/** What a sampler has to know of a run, for so many steps, or the usual ones. */
export const samplingOf = (
  train: Config["train"],
  steps: number = usualSteps(train),
): Required<Pick<SamplerOptions, "parameterisation" | "solver" | "levels">> => ({
  parameterisation: scalingOf(train),
  solver: train.objective === "diffusion" ? "heun" : "multistep",
  levels: multistepLevels(steps, train),
});

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

/** @throws ImagefnError `invalid-option` for more steps than the run has levels */
export function checkSteps({ train }: Config, steps: number): void {
  if (train.objective !== "diffusion" && steps > train.s1)
    throw invalidOption(
      "steps",
      steps,
      `the noise grid of this run has fewer sub-intervals (train.s1 ${train.s1}).`,
      `Use ${train.s1} or fewer.`,
    );
}

/**
 * Refuses a diffusion model for what takes one that makes samples in one step.
 * @param what begins the sentence on what that is
 * @throws ImagefnError `diffusion-run`
 */
export function refuseDiffusion({ path, config }: RunFolder, what: string): void {
  if (config.train.objective !== "diffusion") return;
  throw new ImagefnError(
    "diffusion-run",
    `the run ${quoted(path)} is a diffusion model (train.objective diffusion), which takes many steps for a sample: ${what} needs a ` +
      "consistency model. Distil it (train.objective distill), or give another run.",
    { path },
  );
}
