// Settings filled with their defaults, and the rules between them.
import { l2 } from "./distances/l2.js";
import { driftProblems } from "./driftProblems.js";
import { guidanceProblems } from "./guidanceProblems.js";
import type { FieldName, Problem } from "./problem.js";
import { parameterisations, sigmaMax, sigmaMin } from "./scalings.js";
import {
  type CommonSettings,
  inEffect,
  objectives,
  optimizers,
  type PretrainSettings,
  pretrainDefaults,
  type TrainSettings,
  trainDefaults,
  trajectories,
} from "./settings.js";

/** The values that a setting with a fixed choice may have. */
const choices: Partial<Record<keyof TrainSettings, readonly string[]>> = {
  optimizer: Object.keys(optimizers),
  objective: objectives,
  parameterisation: parameterisations,
  decayShape: ["linear", "cosine"],
  grid: ["progressive", "doubling"],
  trajectory: trajectories,
  levels: ["uniform", "lognormal", "ect"],
  weighting: ["uniform", "ict"],
  coupling: ["independent", "optimal-transport"],
};

/** Every rule that settings of consistency training break; those left out count as their defaults. Of a drift only whether there is one matters. */
export function trainProblems(
  given: Partial<Omit<TrainSettings, "distance" | "drift">> & { readonly drift?: unknown },
  name: FieldName = (field) => field,
): Problem[] {
  const { drift, ...others } = given;
  const settings = filled(trainDefaults, others);
  const problems = commonProblems(settings);
  const { s0, s1 } = settings;
  if (!(s0 >= 1))
    problems.push({ field: "s0", message: `is ${s0}: a noise grid has at least 1 sub-interval` });
  if (s0 > s1)
    problems.push({
      field: "s0",
      message: `is ${s0}, above ${name("s1")} ${s1}: the noise grid grows from s0 to s1`,
    });
  const { batch, accumulate, averageEvery } = settings;
  for (const [field, value] of Object.entries({ accumulate, averageEvery }))
    if (!Number.isInteger(value) || value < 1)
      problems.push({ field, message: `is ${value}: expected a whole number of at least 1` });
  if (batch % accumulate !== 0)
    problems.push({
      field: "accumulate",
      message: `is ${accumulate}, but ${name("batch")} ${batch} cannot be divided into as many equal parts`,
    });
  const { objective, trajectory, denoise, logStd } = settings;
  if (objective === "consistency" && trajectory === "teacher" && denoise === 0)
    problems.push({
      field: "denoise",
      message: `is 0, but ${name("trajectory")} "teacher" distils the denoiser that these steps train: expected more than 0, such as 0.7`,
    });
  if (logStd !== null && !(logStd > 0))
    problems.push({ field: "logStd", message: `is ${logStd}: expected a number above 0` });
  problems.push(...guidanceProblems(settings, name));
  if (drift !== undefined && drift !== null) problems.push(...driftProblems(settings, name));
  if (settings.crops && settings.parameterisation !== "function")
    problems.push({
      field: "parameterisation",
      message: `is "${settings.parameterisation}", whose skip term is an image of one size: with ${name("crops")} expected "function"`,
    });
  const { lowest } = settings;
  if (lowest !== null && !(lowest > sigmaMin && lowest < sigmaMax))
    problems.push({
      field: "lowest",
      message: `is ${lowest}: expected a noise level between ${sigmaMin} and ${sigmaMax}`,
    });
  return problems;
}

function commonProblems(settings: CommonSettings): Problem[] {
  const problems: Problem[] = [];
  if (!Number.isInteger(settings.batch) || settings.batch < 1)
    problems.push({ field: "batch", message: `is ${settings.batch}: a batch has 1, 2, .. images` });
  for (const [field, value] of Object.entries(settings)) {
    const known = choices[field as keyof TrainSettings];
    if (known && typeof value === "string" && !known.includes(value))
      problems.push({ field, message: `is "${value}": expected ${known.join(" or ")}` });
  }
  return problems;
}

/**
 * The settings with defaults in place of what is left out, as they take effect.
 * @throws if they break a rule, or a diffusion model is given another distance than "l2"
 */
export function trainSettings(given: Partial<TrainSettings>): TrainSettings {
  const problems = trainProblems(given);
  const { objective, distance } = given;
  const diffuses = objective === "diffusion";
  if (diffuses && distance !== undefined && distance !== "l2" && distance !== l2)
    problems.push({
      field: "distance",
      message: `is ${typeof distance === "string" ? `"${distance}"` : "a function"}, but objective "diffusion" learns the mean of the images that fit: expected "l2"`,
    });
  refuse(problems);
  return inEffect(filled({ ...trainDefaults, ...(diffuses ? { distance: "l2" } : {}) }, given));
}

/** The settings with defaults in place of what is left out. @throws if they break a rule */
export function pretrainSettings(given: Partial<PretrainSettings>): PretrainSettings {
  const settings = filled(pretrainDefaults, given);
  refuse(commonProblems(settings));
  return settings;
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  throw new Error(`consistency: ${problems.map(({ field, message }) => `${field} ${message}`).join("; ")}`);
}

/** The fields of `defaults` alone, as given where they are. */
const filled = <S extends object>(defaults: S, given: Partial<S>): S =>
  Object.fromEntries(
    (Object.keys(defaults) as (keyof S)[]).map((key) => [key, given[key] ?? defaults[key]]),
  ) as S;
