// Table 3: what training costs, with and without pre-training.

import { generatorTitle } from "@imagefn/runs";
import type { Cell } from "../../tables.js";
import type { Experiment } from "../experiment.js";
import { barsFigure } from "../figures/charts.js";
import { all, limits, lower, MARGIN, notHere, undecided } from "../judge.js";
import type { Results } from "../measured.js";
import { costMeasure } from "../measures/cost.js";
import { training } from "../measures/training.js";
import { pretrainingHours, trainingHours } from "../published.js";

const kinds = ["unet", "dit", "uvit", "func"] as const;

/** Minutes of consistency training alone. */
const minutes = (results: Results, name: string) => {
  const one = results[name]?.training;
  return one ? one.minutes - one.pretrainMinutes : undefined;
};

/** Steps of both phases in the paper: 30 epochs of CelebA's 162,770 images, and 900,000, both in batches of 32. */
const PAPER_STEPS = { pretrain: (30 * 162_770) / 32, train: 900_000 };

/** The paper's own network, of which a few steps were measured. */
const own = (kind: (typeof kinds)[number]) => `${generatorTitle(kind)}, the paper's`;

/** Milliseconds of a step of both phases of the paper's CM-Func, or of this scale's where it could not be measured. */
function stepTimes(results: Results) {
  const cost = results[own("func")]?.cost;
  if (cost?.trainStepSeconds && cost.pretrainStepSeconds)
    return { pretrainMsPerStep: 1000 * cost.pretrainStepSeconds, msPerStep: 1000 * cost.trainStepSeconds };
  return results[generatorTitle("func")]?.training;
}

/** Days of all of the paper's steps at a batch of one, at the speed measured here. */
function days(results: Results, kind: (typeof kinds)[number]): number | undefined {
  const seconds = results[own(kind)]?.cost?.trainStepSeconds;
  return seconds === undefined ? undefined : (seconds * PAPER_STEPS.train) / 86_400;
}

/** Pre-training's part of the paper's steps at the speeds measured here. */
function share(results: Results): number | undefined {
  const { pretrainMsPerStep, msPerStep } = stepTimes(results) ?? {};
  if (!pretrainMsPerStep || !msPerStep) return undefined;
  return (PAPER_STEPS.pretrain * pretrainMsPerStep) / (PAPER_STEPS.train * msPerStep);
}

export const trainingCost: Experiment = {
  name: "training-cost",
  title: "Training time, with and without pre-training",
  paper: "Table 3",
  about:
    "Time of the training steps (their median times their number), the same number for every generator. " +
    "Hours of the paper are those of one A6000 for 900,000 steps. At the tiny scale one step of each of the paper's own networks " +
    "for 64 pixels is measured too, at a batch of one.",
  contenders: (recipes) => [
    ...kinds.map((kind) => ({ label: generatorTitle(kind), config: recipes.run({ kind }) })),
    ...(recipes.scale === "paper" ? [] : kinds).map((kind) => ({
      label: own(kind),
      config: recipes.paperNetwork(kind, 64),
      untrained: true,
    })),
  ],
  measures: [training, costMeasure],
  tables: (results) => {
    const func = minutes(results, generatorTitle("func"));
    const part = (value: number | undefined) => (value && func ? value / func : undefined);
    const row = (kind: (typeof kinds)[number]): Cell[] => [
      kind === "func" ? "CM-Func without pre-training" : generatorTitle(kind),
      results[generatorTitle(kind)]?.training?.steps,
      results[generatorTitle(kind)]?.training?.msPerStep,
      minutes(results, generatorTitle(kind)),
      part(minutes(results, generatorTitle(kind))),
      String(trainingHours[kind]),
      trainingHours[kind] / trainingHours.func,
    ];
    const whole = results[generatorTitle("func")]?.training;
    const hours = trainingHours.func + pretrainingHours;
    return [
      {
        caption: "Training time",
        head: [
          "generator",
          "steps",
          "ms per step",
          "minutes here",
          "over CM-Func",
          "the paper, GPU hours",
          "over CM-Func there",
        ],
        rows: [
          ...kinds.map(row),
          [
            "CM-Func with pre-training",
            whole ? whole.steps + whole.pretrainSteps : undefined,
            whole && (60_000 * whole.minutes) / (whole.steps + whole.pretrainSteps),
            whole?.minutes,
            part(whole?.minutes),
            String(hours),
            hours / trainingHours.func,
          ],
        ],
      },
      {
        caption: "The paper's own networks on this machine, at a batch of one",
        head: [
          "generator",
          "parameters",
          "ms per step",
          "days for 900,000 steps",
          "over CM-Func",
          "unavailable, because",
        ],
        rows: kinds.flatMap((kind): Cell[][] => {
          const cost = results[own(kind)]?.cost;
          if (!cost) return [];
          const [mine, base] = [days(results, kind), days(results, "func")];
          const ms = cost.trainStepSeconds && 1000 * cost.trainStepSeconds;
          return [
            [
              generatorTitle(kind),
              cost.parameters,
              ms,
              mine,
              mine && base ? mine / base : undefined,
              cost.error,
            ],
          ];
        }),
      },
    ];
  },
  figures: [
    barsFigure({
      name: "training-time",
      caption: "Time of consistency training here, and in the paper, over that of CM-Func.",
      panels: (results) => {
        const func = minutes(results, generatorTitle("func"));
        const bars = (where: string, of: (kind: (typeof kinds)[number]) => number | undefined) =>
          kinds.flatMap((kind) => {
            const value = of(kind);
            return value === undefined ? [] : [{ group: generatorTitle(kind), series: where, value }];
          });
        return [
          {
            title: "training time over CM-Func's",
            bars: [
              ...bars("here", (kind) => {
                const value = minutes(results, generatorTitle(kind));
                return value && func ? value / func : undefined;
              }),
              ...bars("the paper", (kind) => trainingHours[kind] / trainingHours.func),
            ],
          },
        ];
      },
    }),
  ],
  claims: [
    {
      by: "paper",
      text: "Pre-training adds about 5 % to the training time.",
      judge: (results) => {
        const value = share(results);
        return limits(
          "pre-training over training at the speeds measured here, for the paper's numbers of steps",
          value === undefined ? undefined : 100 * value,
          [8, 12],
          " %",
        );
      },
    },
    {
      by: "paper",
      text: "The U-Net takes the most time to train.",
      judge: (results, scale) => {
        if (Object.keys(results).length === 0) return undecided("nothing was trained");
        const most = (what: string, of: (kind: (typeof kinds)[number]) => number | undefined) => {
          const named = (kind: (typeof kinds)[number]) => ({ name: generatorTitle(kind), value: of(kind) });
          return all(
            (["func", "dit", "uvit"] as const).map((kind) =>
              lower(what, named(kind), named("unet"), MARGIN.speed),
            ),
          );
        };
        const here = most("minutes", (kind) => minutes(results, generatorTitle(kind)));
        if (scale === "paper") return here;
        const networks = most("days of the paper's network", (kind) => days(results, kind));
        return days(results, "unet") === undefined
          ? notHere(
              "Networks of this scale have sizes of our choice, so only the paper's own can decide",
              here,
            )
          : networks;
      },
    },
  ],
};
