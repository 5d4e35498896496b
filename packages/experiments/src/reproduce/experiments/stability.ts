// Figures 1a and 7: whether training stays stable with small batches, and whether the learning rate is the reason.
import { generatorTitle } from "@imagefn/runs";
import type { Experiment } from "../experiment.js";
import { curvesFigure } from "../figures/charts.js";
import { stripsFigure } from "../figures/strips.js";
import { any, higher, type Judgement, MARGIN, notHere, ratio, undecided } from "../judge.js";
import type { Results } from "../measured.js";
import { training } from "../measures/training.js";
import type { Scale } from "../names.js";

/** The paper's learning rate, and those of the sweep for the U-Net. */
const RATE = 5e-4;
const SWEEP = [1e-4, 5e-5] as const;

const label = (kind: "func" | "unet", batch: number, rate: number = RATE) =>
  `${generatorTitle(kind)} batch ${batch}${rate === RATE ? "" : ` lr ${rate}`}`;

/** Jumps of ln(loss). */
const rough = (results: Results, name: string) => ({ name, value: results[name]?.training?.roughness });

/** The total denoising distance at the end. */
const finalDistance = (results: Results, name: string) => ({
  name,
  value: results[name]?.training?.denoising.at(-1)?.value,
});

/** The denoising distance at the end over its least along training: above 1 where training goes back. */
function setback(results: Results, name: string): number | undefined {
  const curve = results[name]?.training?.denoising ?? [];
  if (curve.length < 3) return undefined;
  return curve.at(-1)!.value / Math.min(...curve.map(({ value }) => value));
}

export const stability: Experiment = {
  name: "stability",
  title: "Stability of training with small batches",
  paper: "Figures 1a and 7",
  about:
    "Both generators with the paper's optimiser and schedule (RAdam at 5e-4, constant; N(k) from 2 to 150; target that is a " +
    "moving average) with batches of 4 and 32, and the U-Net with lower learning rates too: 5e-4 at a batch of 32 is far " +
    "more than consistency models were released with, and may be the reason by itself. At the tiny scale the distance is " +
    "pseudo-Huber, which needs no weights, and samples and denoising distance are of the weights as they are.",
  contenders: (recipes) => [
    ...([32, 4] as const).flatMap((batch) =>
      (["unet", "func"] as const).map((kind) => ({
        label: label(kind, batch),
        config: recipes.run({ kind, literal: true, set: { "train.batch": batch } }),
      })),
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
        setback(results, name),
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
      of: (results, name) => results[name]?.training?.losses,
    }),
    curvesFigure({
      name: "denoising",
      caption: "Total denoising distance on held-out images along training.",
      y: "denoising distance",
      of: (results, name) => results[name]?.training?.denoising,
    }),
    stripsFigure({
      name: "strips",
      caption: "Two samples of each run along training, from left to right, always from the same noise.",
    }),
  ],
  claims: [
    {
      by: "paper",
      text: "At a batch of 32 the U-Net's loss oscillates and CM-Func's does not.",
      judge: (results) =>
        higher(
          "jumps of ln(loss)",
          rough(results, label("unet", 32)),
          rough(results, label("func", 32)),
          0.25,
        ),
    },
    {
      by: "paper",
      text: "As training goes on the U-Net's results get worse again, and CM-Func's do not.",
      judge: (results, scale) =>
        goingBack(setback(results, label("unet", 32)), setback(results, label("func", 32)), scale),
    },
    {
      by: "paper",
      text: "A batch of 4 harms the U-Net.",
      judge: (results) =>
        higher(
          "denoising distance at the end",
          finalDistance(results, label("unet", 4)),
          finalDistance(results, label("unet", 32)),
          MARGIN.distance,
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
function goingBack(unet: number | undefined, func: number | undefined, scale: Scale): Judgement {
  if (unet === undefined || func === undefined)
    return undecided("denoising distance over its least: no number");
  const numbers = `denoising distance at the end over its least: CM-UNet ${unet.toFixed(2)}, CM-Func ${func.toFixed(2)}`;
  if (unet >= 1.15 && func <= 1.05) return { verdict: "holds", numbers };
  if (func >= 1.15) return { verdict: "fails", numbers };
  if (unet > 1.05) return undecided(numbers);
  const found = { verdict: "fails", numbers } as const;
  return scale === "paper"
    ? found
    : notHere("Runs of this scale end long before the paper's U-Net gets worse", found);
}
