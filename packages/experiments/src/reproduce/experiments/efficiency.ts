// Figure 2: parameters, training memory and time, and sampling rate of the U-Net and of CM-Func at 32, 64 and 128 pixels.

import { generatorTitle } from "@imagefn/runs";
import type { Experiment } from "../experiment.js";
import { barsFigure } from "../figures/charts.js";
import { all, higher, type Judgement, lower, MARGIN, notHere, undecided } from "../judge.js";
import { type Results, rateOf } from "../measured.js";
import { costMeasure } from "../measures/cost.js";
import { timingMeasure } from "../measures/timing.js";
import { training } from "../measures/training.js";
import type { Scale } from "../names.js";
import { parameters } from "../published.js";

const sides = [32, 64, 128] as const;
const kinds = ["unet", "func"] as const;
const label = (kind: (typeof kinds)[number], side: number) => `${generatorTitle(kind)} ${side} px`;
/** The paper's own network. */
const own = (kind: (typeof kinds)[number], side: number) => `${label(kind, side)}, the paper's`;

/** Images per second at the training size. */
const rate = (results: Results, name: string) => {
  const one = results[name];
  return one?.size === undefined ? undefined : rateOf(one.timing, [one.size]);
};

const named = (name: string, of: (name: string) => number | undefined) => ({
  name,
  value: of(name),
});

const bars = (of: (name: string) => number | undefined) =>
  sides.flatMap((side) =>
    kinds.flatMap((kind) => {
      const value = of(label(kind, side));
      return value === undefined ? [] : [{ group: `${side} px`, series: generatorTitle(kind), value }];
    }),
  );

/** Whether CM-Func is lower or higher than the U-Net at every size at which both could be measured. */
function atEachSide(
  compare: typeof lower,
  what: string,
  title: typeof label,
  of: (name: string) => number | undefined,
): Judgement {
  const judged = sides.map((side) => ({
    both: (["func", "unet"] as const).every((kind) => of(title(kind, side)) !== undefined),
    found: compare(
      `${what} at ${side} px`,
      named(title("func", side), of),
      named(title("unet", side), of),
      MARGIN.speed,
    ),
  }));
  const parts = judged.filter(({ both }) => both);
  const { verdict } = all(parts.map(({ found }) => found));
  return { verdict, numbers: judged.map(({ found }) => found.numbers).join("; ") };
}

const CHOSEN = "Networks of this scale have sizes of our choice, so only the paper's own can decide";

/** At the tiny scale only the paper's own networks decide; at the paper's every run has them. */
function byPaperNetworks(
  scale: Scale,
  compare: typeof lower,
  what: string,
  of: { run(name: string): number | undefined; cost(name: string): number | undefined },
): Judgement {
  if (scale === "paper") return atEachSide(compare, what, label, of.run);
  const found = atEachSide(compare, what, own, of.cost);
  const measured = sides.some((side) => kinds.every((kind) => of.cost(own(kind, side)) !== undefined));
  return measured ? found : notHere(CHOSEN, atEachSide(compare, what, label, of.run));
}

const MIB = 2 ** 20;
const costOf = (results: Results, name: string) => results[name]?.cost;
const memoryOf = (results: Results, name: string) => {
  const bytes = costOf(results, name)?.peakBytes;
  return bytes === undefined ? undefined : bytes / MIB;
};
const samplesPerSecond = (results: Results, name: string) => {
  const seconds = costOf(results, name)?.sampleSeconds;
  return seconds === undefined ? undefined : 1 / seconds;
};
const milliseconds = (seconds: number | undefined) => (seconds === undefined ? undefined : 1000 * seconds);

export const efficiency: Experiment = {
  name: "efficiency",
  title: "Parameters, training memory and time, and sampling rate",
  paper: "Figure 2",
  about:
    "Both generators for 32, 64 and 128 pixels, trained for some steps on avatars of that size (speed and memory do not " +
    "depend on the images), each in a process of its own; then sampled in batches of 16. The memory is the largest that " +
    "the process held, runtime included. The paper plots these without numbers; the parameters of its networks are " +
    "counted from their definitions. At the tiny scale the paper's own networks are measured too, for one training step after " +
    "another that warms up, and one sample: at a batch of one and without averages of the weights, which add memory in " +
    "proportion to the parameters, as far as the machine has the memory for it.",
  contenders: (recipes) => [
    ...sides.flatMap((side) =>
      kinds.map((kind) => ({ label: label(kind, side), config: recipes.brief(kind, side) })),
    ),
    ...(recipes.scale === "paper" ? [] : sides).flatMap((side) =>
      kinds.map((kind) => ({
        label: own(kind, side),
        config: recipes.paperNetwork(kind, side),
        untrained: true,
      })),
    ),
  ],
  measures: [training, timingMeasure("own"), costMeasure],
  tables: (results) => [
    {
      caption: "Efficiency of training and sampling",
      head: [
        "generator",
        "parameters",
        "of the paper's network",
        "batch",
        "peak memory, MiB",
        "ms per training step",
        "images/s",
      ],
      rows: sides.flatMap((side) =>
        kinds.map((kind) => {
          const name = label(kind, side);
          const one = results[name];
          return [
            name,
            one?.parameters,
            parameters[kind][side],
            one?.batch,
            one?.training?.peakMemoryMiB,
            one?.training?.msPerStep,
            rate(results, name),
          ];
        }),
      ),
    },
    {
      caption: "The paper's own networks on this machine, at a batch of one",
      head: [
        "generator",
        "parameters",
        "peak memory of training, MiB",
        "ms per training step",
        "images/s",
        "unavailable, because",
      ],
      rows: sides.flatMap((side) =>
        kinds.flatMap((kind) => {
          const name = own(kind, side);
          const found = costOf(results, name);
          if (!found) return [];
          return [
            [
              label(kind, side),
              found.parameters,
              memoryOf(results, name),
              milliseconds(found.trainStepSeconds),
              samplesPerSecond(results, name),
              found.error,
            ],
          ];
        }),
      ),
    },
  ],
  figures: [
    barsFigure({
      name: "efficiency",
      caption:
        "Parameters, peak memory of training, time of a training step, and images per second, by image size.",
      panels: (results) => [
        { title: "parameters", bars: bars((name) => results[name]?.parameters) },
        { title: "peak memory, MiB", bars: bars((name) => results[name]?.training?.peakMemoryMiB) },
        { title: "ms per training step", bars: bars((name) => results[name]?.training?.msPerStep) },
        { title: "images/s", bars: bars((name) => rate(results, name)) },
      ],
    }),
  ],
  claims: [
    {
      by: "paper",
      text: "CM-Func has fewer parameters than the U-Net.",
      // A fact of the definitions, independent of the runs.
      judge: () =>
        all(
          sides.map((side) =>
            lower(
              `the paper's networks, ${side} px`,
              { name: "CM-Func", value: parameters.func[side] },
              { name: "CM-UNet", value: parameters.unet[side] },
              0,
            ),
          ),
        ),
    },
    {
      by: "paper",
      text: "Training CM-Func takes less memory than training the U-Net.",
      judge: (results, scale) => {
        return byPaperNetworks(scale, lower, "MiB", {
          run: (name) => results[name]?.training?.peakMemoryMiB,
          cost: (name) => memoryOf(results, name),
        });
      },
    },
    {
      by: "paper",
      text: "CM-Func samples faster than the U-Net.",
      judge: (results, scale) => {
        return byPaperNetworks(scale, higher, "images/s", {
          run: (name) => rate(results, name),
          cost: (name) => samplesPerSecond(results, name),
        });
      },
    },
    {
      by: "paper",
      text: "From 32 to 128 pixels the cost of a training step grows far less for CM-Func than for the U-Net.",
      judge: (results) => {
        const growth = (kind: (typeof kinds)[number]) => {
          const [small, large] = [32, 128].map((side) => results[label(kind, side)]?.training?.msPerStep);
          return small && large ? large / small : undefined;
        };
        const [func, unet] = [growth("func"), growth("unet")];
        if (func === undefined || unet === undefined)
          return undecided("growth of the time of a step: no number");
        return lower(
          "growth of the time of a step, 32 to 128 px",
          { name: "CM-Func", value: func },
          { name: "CM-UNet", value: unet },
          0.25,
        );
      },
    },
  ],
};
