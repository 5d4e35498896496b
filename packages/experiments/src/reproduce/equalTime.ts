// A consistency model in isolation, by distillation of a diffusion model, and by ECT: runs that take the same time.
import { type Contender, isRunnable } from "./contender.js";
import type { Fields } from "./names.js";
import type { Recipes } from "./recipes.js";
import { distilling } from "./runs.js";

/** The labels of the contenders. */
export const labels = {
  isolated: "in isolation",
  ect: "ECT",
  diffusion: "diffusion",
  distilled: "diffusion, then distilled",
} as const;

/** Steps of Heun's method that the diffusion model is sampled in. */
const HEUN_STEPS = 8;

/**
 * What a step takes, over one that denoises: evaluations of the network, of which that with a gradient counts as three. Data: the
 * target's is one more. Teacher: two more for the ODE.
 */
const COST = { denoising: 1, data: 4 / 3, teacher: 2 } as const;

/** Part of the time that the diffusion model is trained for, before it is distilled. */
const DIFFUSION_SHARE = 0.6;

/** Image functions at every level, so that every sampler ends in them. The more pixels a detail has, the more noise hides it. */
const common = ({ scale }: Recipes): Fields => ({
  "train.parameterisation": "function",
  "train.lowest": scale === "tiny" ? 0.2 : 0.5,
});

/** All levels from 0.2 to 80 in the steps of the tiny scale, where EDM's leave 80 to a step in a thousand. */
const levels = ({ scale }: Recipes): Fields =>
  scale === "tiny" ? { "train.logMean": 0.7, "train.logStd": 1.8 } : {};

/**
 * The runs, each as long as `share` of the usual steps, of which half denoise.
 * @param own what all runs of the experiment have in common
 */
export function equalTime(recipes: Recipes, share: number, own: Fields): Contender[] {
  const all = { ...own, ...common(recipes) };
  const units = share * (COST.denoising / 2 + COST.data / 2);
  const run = (set: Fields, part: number, cost: number) =>
    recipes.run({ share: (part * units) / cost, set: { ...all, ...set } });
  const doubling = { "train.trajectory": "data", "train.grid": "doubling" };
  const isolated = run({ ...doubling, "train.denoise": 0, "train.s0": 5, "train.s1": 20 }, 1, COST.data);
  const ect = run(
    {
      ...doubling,
      ...{ "train.denoise": 0.5, "train.levels": "ect", "train.weighting": "ict", "train.targetEma": false },
      ...{ "train.s0": 2, "train.s1": 256 },
    },
    1,
    units / share,
  );
  const diffusion = run(
    { ...levels(recipes), "train.objective": "diffusion" },
    DIFFUSION_SHARE,
    COST.denoising,
  );
  const student = run(
    {
      // The name is replaced by that of the run.
      ...{ "train.objective": "distill", "train.teacher": "diffusion" },
      ...{ "train.grid": "doubling", "train.s0": 10, "train.s1": 20 },
    },
    1 - DIFFUSION_SHARE,
    COST.teacher,
  );
  const distilled = isRunnable(diffusion) && isRunnable(student) ? distilling(student, diffusion) : student;
  return [
    ...[
      { label: labels.isolated, config: isolated },
      { label: labels.ect, config: ect },
      { label: labels.diffusion, config: diffusion, steps: HEUN_STEPS },
      { label: labels.distilled, config: distilled },
    ],
    ...[
      { label: labels.isolated, config: isolated },
      { label: labels.ect, config: ect },
      { label: labels.distilled, config: distilled },
    ].map((one) => ({ ...one, label: `${one.label}, two steps`, steps: 2 })),
  ];
}
