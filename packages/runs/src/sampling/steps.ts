// In how many steps a run is sampled, and at which noise levels.
import { ImagefnError, quoted } from "@imagefn/base";
import { scalingOf } from "@imagefn/consistency";
import type { Config } from "../config/schema.js";
import type { RunFolder } from "../folder/runFolder.js";
import { invalidOption } from "../invalidOption.js";
import { multistepLevels } from "./levels.js";
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

/** Why so many steps of an image-function generator make images: a clause, with a verb in the plural. */
export const stepsMakeImages = ({ objective, parameterisation }: Config["train"], steps: number): string =>
  `${steps} steps of a ${objective === "diffusion" ? "diffusion model" : "run"} with train.parameterisation ${parameterisation} make ` +
  "images, not image functions.";

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
