// Additions to the paper, each changed alone and on the same footing.

import { closer, frechetOf, meanScore, nearer } from "../closer.js";
import { type Contender, isRunnable } from "../contender.js";
import { equalTime, labels } from "../equalTime.js";
import type { Experiment } from "../experiment.js";
import { samplesFigure } from "../figures/pictures.js";
import { all, type Judgement, ratio, undecided } from "../judge.js";
import { ours, type Results, scoreOf } from "../measured.js";
import { qualityMeasure } from "../measures/scores.js";
import { training } from "../measures/training.js";
import type { Fields, Scale } from "../names.js";
import { qualityScores } from "../published.js";
import type { Recipes } from "../recipes.js";
import { scoreTable } from "../scoreTable.js";
import { withSeeds } from "../seeds.js";

/** Everything that is varied, at the value that the others are compared with; other recipes keep theirs. */
const START: Readonly<Record<Scale, Fields>> = {
  tiny: {},
  // The paper's recipe with the distance that needs no weights.
  paper: { "train.distance": "pseudo-huber" },
};

const BASE = "base";
const TWO_STEPS = "two steps";
const LPIPS = "LPIPS";
const DISTILLED = "distilled";

/** One change each: the label, and the fields by scale. The grid of iCT is shorter where training is. */
const changes: readonly (readonly [label: string, fields: (scale: Scale) => Fields])[] = [
  ["EMA target", () => ({ "train.targetEma": true, "train.mu0": 0.95 })],
  ["no EMA target", () => ({ "train.targetEma": false })],
  ["paper's N(k)", () => ({ "train.grid": "progressive", "train.s0": 2, "train.s1": 150 })],
  [
    "iCT's N(k)",
    (scale) => ({ "train.grid": "doubling", "train.s0": 10, "train.s1": scale === "tiny" ? 80 : 1280 }),
  ],
  ["denoising first", () => ({ "train.denoise": 0.5 })],
  ["no denoising first", () => ({ "train.denoise": 0 })],
  [
    DISTILLED,
    (scale) => ({
      "train.trajectory": "teacher",
      "train.grid": "doubling",
      "train.s0": 10,
      "train.s1": 20,
      // The more pixels a detail has, the more noise hides it.
      "train.lowest": scale === "tiny" ? 0.2 : 0.5,
      "train.denoise": 0.7,
    }),
  ],
  ["optimal transport", () => ({ "train.coupling": "optimal-transport" })],
  ["independent pairs", () => ({ "train.coupling": "independent" })],
  ["pseudo-Huber", () => ({ "train.distance": "pseudo-huber" })],
  ["fixed coordinates", () => ({ "generator.func.variationalCoordinates": false })],
  ["groups 64", (scale) => ({ "generator.func.inr.groups": scale === "tiny" ? 8 : 64 })],
  ["groups 128", (scale) => ({ "generator.func.inr.groups": scale === "tiny" ? 16 : 128 })],
  ["groups 256", (scale) => ({ "generator.func.inr.groups": scale === "tiny" ? 32 : 256 })],
];

type Trainable = Contender["config"];

/** Whether two runs train in the same way, even if their previews differ. */
function sameTraining(a: Trainable, b: Trainable): boolean {
  const parts = (one: Trainable) =>
    isRunnable(one) ? JSON.stringify([one.data, one.generator, one.pretrain, one.train]) : "";
  return parts(a) === parts(b);
}

async function contenders(recipes: Recipes) {
  const share = recipes.scale === "paper" ? 4 / 9 : 0.4;
  const own = START[recipes.scale];
  const base = recipes.run({ share, set: own });
  const lpips = await recipes.lpips();
  return [
    ...withSeeds(recipes, 3, BASE, (seed) => ({ config: recipes.run({ share, seed, set: own }) })),
    { label: TWO_STEPS, config: base, steps: 2 },
    ...changes.flatMap(([label, fields]) => {
      const config = recipes.run({ share, set: { ...own, ...fields(recipes.scale) } });
      // A change that the base has already gets no line of its own.
      return sameTraining(config, base) ? [] : [{ label, config }];
    }),
    {
      label: LPIPS,
      config:
        "missing" in lpips
          ? { missing: String(lpips.missing) }
          : recipes.run({ share, set: { ...own, ...(lpips as Fields) } }),
    },
    ...equalTime(recipes, share, own),
  ];
}

/** One change against the base, if it was trained. */
const against = (results: Results, scale: Scale, label: string): Judgement =>
  results[label] ? closer(results, scale, label, BASE) : undecided(`${label} is what the base does already`);

/** Whether one choice does better than another, either of which may be the base's own. */
const betterThan =
  (label: string, other: string) =>
  (results: Results, scale: Scale): Judgement =>
    closer(results, scale, results[label] ? label : BASE, results[other] ? other : BASE);

export const beyond: Experiment = {
  name: "beyond",
  title: "Beyond the paper",
  paper: "none: our additions",
  about:
    "CM-Func with one change at a time to a base: at the tiny scale the recipe of the preset avatars-tiny at 16 pixels and two fifths of the steps, at the paper's " +
    "the paper's own with the distance pseudo-Huber and 400,000 steps. Two steps are further samples of the base. Groups " +
    "of 64, 128 and 256 columns of 256 are 8, 16 and 32 of 32 at the tiny scale. The last ones, with image functions at all levels, take " +
    "the same time in training: a consistency model in isolation, ECT, and a diffusion model (sampled in 8 steps of Heun's method) for three " +
    "fifths of the time and its distillation for the rest.",
  contenders,
  measures: [training, qualityMeasure],
  tables: (results) => {
    const base = scoreOf(results, BASE, ours.frechet);
    return [
      scoreTable(results, { caption: "One change at a time", scores: qualityScores }),
      {
        caption: "Fréchet distance (nsfwjs) over the base's, and the cost of training",
        head: ["run", "over the base", "ms per step", "parameters"],
        rows: Object.entries(results).map(([label, one]) => {
          const value = scoreOf(results, label, ours.frechet);
          return [label, value && base ? value / base : undefined, one.training?.msPerStep, one.parameters];
        }),
      },
    ];
  },
  figures: [
    samplesFigure({ name: "samples", caption: "Samples of each run from the same noise.", count: 8 }),
  ],
  claims: [
    {
      by: "ours",
      text: "A target without a moving average does better than one with it.",
      judge: betterThan("no EMA target", "EMA target"),
    },
    {
      by: "ours",
      text: "The doubling N(k) of iCT does better than the paper's.",
      judge: betterThan("iCT's N(k)", "paper's N(k)"),
    },
    {
      by: "ours",
      text: "Denoising first does better than consistency training from the start.",
      judge: betterThan("denoising first", "no denoising first"),
    },
    {
      by: "ours",
      text: "A denoiser that is distilled does better than consistency training that goes on from it.",
      judge: (results, scale) => against(results, scale, DISTILLED),
    },
    {
      by: "ours",
      text: "Images and noise paired by optimal transport do better than independent ones.",
      judge: betterThan("optimal transport", "independent pairs"),
    },
    {
      by: "ours",
      text: "Pseudo-Huber does as well as LPIPS.",
      judge(results) {
        const label = results["pseudo-Huber"] ? "pseudo-Huber" : BASE;
        const score = frechetOf(results, [label, LPIPS]);
        const named = (name: string) => ({ name, value: meanScore(results, name, score) });
        return ratio(score, named(label), named(LPIPS), [1.1, 1.3]);
      },
    },
    {
      by: "ours",
      text: "Coordinates that vary in training do better than fixed ones.",
      judge: (results, scale) =>
        results["fixed coordinates"]
          ? closer(results, scale, BASE, "fixed coordinates")
          : undecided("no such run"),
    },
    {
      by: "ours",
      text: "More groups do better.",
      judge: (results, scale) =>
        all(["groups 128", "groups 256"].map((label) => against(results, scale, label))),
    },
    {
      by: "ours",
      text: "Two sampling steps do better than one.",
      // Both are of one run, so that noise in one of them is no lack of training.
      judge: (results, scale) => nearer(results, scale, TWO_STEPS, BASE),
    },
    {
      by: "ours",
      text: "A diffusion model and its distillation do better in the same time than training in isolation.",
      judge: (results, scale) => closer(results, scale, labels.distilled, labels.isolated),
    },
    {
      by: "ours",
      text: "ECT does better in the same time than training in isolation.",
      judge: (results, scale) => closer(results, scale, labels.ect, labels.isolated),
    },
  ],
};
