// The rules of the settings of drifting.
import type { FieldName, Problem } from "./problem.js";
import { inEffect, type TrainSettings } from "./settings.js";

/** Every rule that they break, of a run whose samples drift. */
export function driftProblems(settings: TrainSettings, name: FieldName): Problem[] {
  const problems: Problem[] = [];
  const { objective, accumulate, driftFrom, driftWeight, driftImages, driftReal } = settings;
  if (objective === "diffusion")
    problems.push({
      field: "drift",
      message: `is given, but ${name("objective")} "diffusion" trains a denoiser, which has no samples of one step to move: expected null`,
    });
  const { denoise } = inEffect(settings);
  if (objective !== "diffusion" && !(driftFrom >= denoise && driftFrom <= 1))
    problems.push({
      field: "driftFrom",
      message: `is ${driftFrom}, but ${name("denoise")} is ${denoise}: samples drift after the steps that denoise: expected a part from ${denoise} to 1`,
    });
  if (accumulate > 1)
    problems.push({
      field: "accumulate",
      message: `is ${accumulate}, but ${name("drift")} is given: samples that drift are not computed in parts: expected 1`,
    });
  if (!(Number.isFinite(driftWeight) && driftWeight >= 0))
    problems.push({ field: "driftWeight", message: `is ${driftWeight}: expected a number of at least 0` });
  for (const [field, value] of Object.entries({ driftImages, driftReal }))
    if (!Number.isInteger(value) || value < 2)
      problems.push({ field, message: `is ${value}: expected a whole number of at least 2` });
  return problems;
}
