// Figure 8: what pre-training does for denoising during training, and for the images in the end.
import type { CurvePoint } from "../../figure/curves.js";
import { closer } from "../closer.js";
import type { Experiment } from "../experiment.js";
import { curvesFigure } from "../figures/charts.js";
import { samplesFigure } from "../figures/pictures.js";
import { stripsFigure } from "../figures/strips.js";
import { lower, MARGIN } from "../judge.js";
import type { Results } from "../measured.js";
import { qualityMeasure } from "../measures/scores.js";
import { training } from "../measures/training.js";
import { qualityScores } from "../published.js";
import { scoreTable } from "../scoreTable.js";
import { isFirstSeed, withSeeds } from "../seeds.js";

const WITH = "with pre-training";
const WITHOUT = "without pre-training";

/** Part of training that is called early. */
const EARLY = 1 / 3;

/** Mean of a curve over the steps from `from` to `to`, linear between its points. */
export function meanOver(curve: readonly CurvePoint[], from: number, to: number): number | undefined {
  if (curve.length < 2 || to <= from) return undefined;
  const at = (step: number) => {
    const next = curve.findIndex((point) => point.step >= step);
    if (next <= 0) return (next < 0 ? curve.at(-1)! : curve[0]).value;
    const [a, b] = [curve[next - 1], curve[next]];
    return a.value + ((b.value - a.value) * (step - a.step)) / (b.step - a.step);
  };
  const parts = 50;
  const values = Array.from({ length: parts }, (_, i) => at(from + ((i + 0.5) * (to - from)) / parts));
  return values.reduce((sum, value) => sum + value, 0) / parts;
}

/** Mean distance while both are early in training, from where both have been measured. */
function early(results: Results, name: string): number | undefined {
  const curves = [WITH, WITHOUT].map((one) => results[one]?.training?.denoising ?? []);
  if (curves.some((curve) => curve.length < 2)) return undefined;
  const from = Math.max(...curves.map((curve) => curve[0].step));
  const end = Math.min(...curves.map((curve) => curve.at(-1)!.step));
  // At least a part where both curves have points.
  return meanOver(results[name]!.training!.denoising, from, Math.max(EARLY * end, from + 0.1 * (end - from)));
}

export const pretraining: Experiment = {
  name: "pretraining",
  title: "With and without pre-training",
  paper: "Figure 8",
  about:
    "CM-Func with the same consistency training after reconstruction pre-training and without it. The total denoising " +
    "distance is the mean over noise levels and held-out images of |f(x + sigma z, sigma) - x|. The paper trains for " +
    "400,000 steps and prints no numbers in its text.",
  contenders: (recipes) => {
    // 400,000 of the paper's 900,000 steps.
    const share = recipes.scale === "paper" ? 4 / 9 : 1;
    return [
      ...withSeeds(recipes, 3, WITH, (seed) => ({ config: recipes.run({ share, seed }) })),
      ...withSeeds(recipes, 3, WITHOUT, (seed) => ({
        config: recipes.run({ share, seed, set: { "pretrain.steps": 0 } }),
      })),
    ];
  },
  measures: [training, qualityMeasure],
  tables: (results) => [
    scoreTable(results, { caption: "Scores at the end of training", scores: qualityScores }),
    {
      caption: "Total denoising distance",
      head: ["run", "pre-training steps", "training steps", "early mean", "at the end"],
      rows: [WITH, WITHOUT].map((name) => {
        const one = results[name]?.training;
        return [name, one?.pretrainSteps, one?.steps, early(results, name), one?.denoising.at(-1)?.value];
      }),
    },
  ],
  figures: [
    curvesFigure({
      name: "denoising",
      caption: "Total denoising distance on held-out images along consistency training.",
      y: "denoising distance",
      of: (results, name) => (isFirstSeed(name) ? results[name]?.training?.denoising : undefined),
    }),
    stripsFigure({
      name: "strips",
      caption: "Two samples of each run along training, from left to right.",
      wanted: ({ contender }) => isFirstSeed(contender.label),
    }),
    samplesFigure({
      name: "samples",
      caption: "Samples at the end of training, from the same noise.",
      count: 8,
      wanted: ({ contender }) => isFirstSeed(contender.label),
    }),
  ],
  claims: [
    {
      by: "paper",
      text: "Pre-training greatly improves denoising early in training.",
      judge: (results) =>
        lower(
          "denoising distance over the first third",
          { name: WITH, value: early(results, WITH) },
          { name: WITHOUT, value: early(results, WITHOUT) },
          MARGIN.distance,
        ),
    },
    {
      by: "paper",
      text: "Pre-training leads to better images.",
      judge: (results, scale) => closer(results, scale, WITH, WITHOUT),
    },
  ],
};
