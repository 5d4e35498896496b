// Figures 1a and 7: whether training stays stable with small batches, and whether the learning rate is the reason.
import { generatorTitle } from "@imagefn/runs";
import type { Experiment } from "../experiment.js";
import { curvesFigure } from "../figures/charts.js";
import { stripsFigure } from "../figures/strips.js";
import { any, type Judgement, MARGIN, notHere, ratio, undecided } from "../judge.js";
import type { Results, Training } from "../measured.js";
import { training } from "../measures/training.js";
import { isFirstSeed, seedsOf, withSeeds } from "../seeds.js";

/** The paper's learning rate, and those of the sweep for the U-Net. */
const RATE = 5e-4;
const SWEEP = [1e-4, 5e-5] as const;

const label = (kind: "func" | "unet", batch: number, rate: number = RATE) =>
  `${generatorTitle(kind)} batch ${batch}${rate === RATE ? "" : ` lr ${rate}`}`;

/** Fewer steps say nothing about a training that does not change: the paper's U-Net trains for days before it does. */
const LONG = 10_000;

/** The mean of a figure of training over the seeds of a run; undefined where one of them has none. */
function overSeeds(
  results: Results,
  label: string,
  of: (training: Training) => number | undefined,
): { name: string; value: number | undefined } {
  const labels = seedsOf(results, label);
  const values = labels.map((one) => {
    const { training: found } = results[one];
    return found && of(found);
  });
  const missing = values.length === 0 || values.includes(undefined);
  return {
    name: labels.length > 1 ? `${label} (${labels.length} seeds)` : label,
    value: missing ? undefined : (values as number[]).reduce((a, b) => a + b, 0) / values.length,
  };
}

/** Whether runs are long enough to say that something does not happen. */
const isLong = (results: Results, labels: readonly string[]) =>
  labels.every((label) => (results[label]?.training?.steps ?? 0) >= LONG);

/** Jumps of ln(loss). */
const rough = (results: Results, name: string) => overSeeds(results, name, (found) => found.roughness);

/** The total denoising distance at the end. */
const finalDistance = (results: Results, name: string) =>
  overSeeds(results, name, ({ denoising }) => denoising.at(-1)?.value);

/** The denoising distance at the end over its least along training: above 1 where training goes back. */
function setback({ denoising: curve }: Training): number | undefined {
  if (curve.length < 3) return undefined;
  return curve.at(-1)!.value / Math.min(...curve.map(({ value }) => value));
}

/**
 * Whether the first number is clearly larger: `harm` times the second. Less than `none` times it is no difference, which long
 * runs may say.
 */
function larger(
  results: Results,
  what: string,
  of: (results: Results, label: string) => ReturnType<typeof overSeeds>,
  [a, b]: readonly [string, string],
  [harm, none]: readonly [number, number],
): Judgement {
  const found = ratio(what, of(results, a), of(results, b), [harm, none]);
  return found.verdict === "fails" && !isLong(results, [a, b]) ? notHere(SHORT, found) : found;
}

const SHORT = `Runs of fewer than ${LONG.toLocaleString("en")} steps do not show that it does not happen`;

export const stability: Experiment = {
  name: "stability",
  title: "Stability of training with small batches",
  paper: "Figures 1a and 7",
  about:
    "Both generators with the paper's optimiser and schedule (RAdam at 5e-4, constant; N(k) from 2 to 150; target that is a " +
    "moving average) with batches of 4 and 32, and the U-Net with lower learning rates too: 5e-4 at a batch of 32 is far " +
    "more than consistency models were released with, and may be the reason by itself. At the tiny scale the distance is " +
    "pseudo-Huber, which needs no weights, and samples and denoising distance are of the weights as they are; networks are so small " +
    `that they take ${LONG.toLocaleString("en")} steps and more. Figures are means of seeds. Jumps of the U-Net a quarter larger than ` +
    "CM-Func's are oscillations, and less than a tenth larger are none; a distance 3 % larger is harm, and less than 1 % is none.",
  contenders: (recipes) => [
    ...([32, 4] as const).flatMap((batch) =>
      (["unet", "func"] as const).flatMap((kind) =>
        withSeeds(recipes, kind === "func" && batch === 4 ? 1 : 2, label(kind, batch), (seed) => ({
          config: recipes.run({ kind, literal: true, seed, set: { "train.batch": batch } }),
        })),
      ),
    ),
    ...SWEEP.map((rate) => ({
      label: label("unet", 32, rate),
      config: recipes.run({
        kind: "unet",
        literal: true,
        set: { "train.batch": 32, "train.learningRate": rate },
      }),
    })),
  ],
  measures: [training],
  tables: (results) => [
    {
      caption: "Training with the paper's schedule",
      head: [
        "run",
        "batch",
        "steps",
        "loss at the end",
        "jumps of ln(loss)",
        "denoising distance at the end",
        "over its least",
      ],
      rows: Object.entries(results).map(([name, { batch, training: one }]) => [
        name,
        batch,
        one?.steps,
        one?.loss,
        one?.roughness,
        one?.denoising.at(-1)?.value,
        one && setback(one),
      ]),
    },
  ],
  figures: [
    curvesFigure({
      name: "loss",
      caption:
        "Consistency loss along training, means over sixtieths of the steps. The rise comes with N(k).",
      y: "loss",
      log: true,
      of: (results, name) => (isFirstSeed(name) ? results[name]?.training?.losses : undefined),
    }),
    curvesFigure({
      name: "denoising",
      caption: "Total denoising distance on held-out images along training.",
      y: "denoising distance",
      of: (results, name) => (isFirstSeed(name) ? results[name]?.training?.denoising : undefined),
    }),
    stripsFigure({
      name: "strips",
      caption: "Two samples of each run along training, from left to right, always from the same noise.",
      wanted: ({ contender }) => isFirstSeed(contender.label),
    }),
  ],
  claims: [
    {
      by: "paper",
      text: "At a batch of 32 the U-Net's loss oscillates and CM-Func's does not.",
      judge: (results) =>
        larger(results, "jumps of ln(loss)", rough, [label("unet", 32), label("func", 32)], [1.25, 1.1]),
    },
    {
      by: "paper",
      text: "As training goes on the U-Net's results get worse again, and CM-Func's do not.",
      judge: (results, scale) =>
        goingBack(
          overSeeds(results, label("unet", 32), setback).value,
          overSeeds(results, label("func", 32), setback).value,
          scale === "paper" || isLong(results, [label("unet", 32), label("func", 32)]),
        ),
    },
    {
      by: "paper",
      text: "A batch of 4 harms the U-Net.",
      judge: (results) =>
        larger(
          results,
          "denoising distance at the end",
          finalDistance,
          [label("unet", 4), label("unet", 32)],
          [1 + MARGIN.distance, 1.01],
        ),
    },
    {
      by: "ours",
      text: "At some lower learning rate the U-Net is as stable as CM-Func is at the paper's.",
      judge(results) {
        const func = rough(results, label("func", 32));
        return any(
          SWEEP.map((rate) =>
            ratio("jumps of ln(loss)", rough(results, label("unet", 32, rate)), func, [1.05, 1.2]),
          ),
        );
      },
    },
  ],
};

/** Worse by a seventh than before counts as a setback, by less than a twentieth as none. */
function goingBack(unet: number | undefined, func: number | undefined, long: boolean): Judgement {
  if (unet === undefined || func === undefined)
    return undecided("denoising distance over its least: no number");
  const numbers = `denoising distance at the end over its least: CM-UNet ${unet.toFixed(2)}, CM-Func ${func.toFixed(2)}`;
  if (unet >= 1.15 && func <= 1.05) return { verdict: "holds", numbers };
  if (func >= 1.15) return { verdict: "fails", numbers };
  if (unet > 1.05) return undecided(numbers);
  const found = { verdict: "fails", numbers } as const;
  return long ? found : notHere(SHORT, found);
}
