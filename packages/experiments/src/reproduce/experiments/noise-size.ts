// Figures 16 and 17: samples and speed from noise of two sizes.
import { closer } from "../closer.js";
import type { Experiment } from "../experiment.js";
import { barsFigure } from "../figures/charts.js";
import { samplesFigure } from "../figures/pictures.js";
import { all, higher, MARGIN } from "../judge.js";
import { type Results, rateOf } from "../measured.js";
import { qualityMeasure } from "../measures/scores.js";
import { timingMeasure } from "../measures/timing.js";
import { training } from "../measures/training.js";
import { isFirstSeed, withSeeds } from "../seeds.js";

const SMALL = "smaller noise";
const LARGE = "larger noise";
const sides = [32, 64, 128] as const;

const rate = (results: Results, name: string, side: number) => ({
  name,
  value: rateOf(results[name]?.timing, [side]),
});

export const noiseSize: Experiment = {
  name: "noise-size",
  title: "Small and large noise",
  paper: "Figures 16 and 17",
  about:
    "The training size of CM-Func is the size of the noise that it starts from; its functions are drawn at any size. Here: " +
    "both at 32, 64 and 128 pixels, and their speed with one drawing each.",
  contenders: (recipes) => [
    ...withSeeds(recipes, 3, SMALL, (seed) => ({
      config: recipes.run({ data: "celeba64", seed }),
      size: recipes.sides[1],
    })),
    ...withSeeds(recipes, 3, LARGE, (seed) => ({ config: recipes.run({ data: "celeba128", seed }) })),
  ],
  measures: [training, qualityMeasure, timingMeasure(sides)],
  tables: (results) => [
    {
      caption: "Images per second from noise of two sizes",
      head: ["run", "noise", ...sides.map((side) => `drawn at ${side} px`)],
      rows: [SMALL, LARGE].map((name) => {
        const size = results[name]?.size;
        return [
          name,
          size === undefined ? undefined : `${size} x ${size}`,
          ...sides.map((side) => rate(results, name, side).value),
        ];
      }),
    },
  ],
  figures: [
    barsFigure({
      name: "speed",
      caption: "Images per second by drawing size.",
      panels: (results) => [
        {
          title: "images/s",
          bars: sides.flatMap((side) =>
            [SMALL, LARGE].flatMap((name) => {
              const { value } = rate(results, name, side);
              return value === undefined ? [] : [{ group: `${side} px`, series: name, value }];
            }),
          ),
        },
      ],
    }),
    samplesFigure({
      name: "samples",
      caption: "Functions from both noises at 128, 64 and 32 pixels.",
      count: 6,
      wanted: ({ contender }) => isFirstSeed(contender.label),
      sizes: () => [...sides].reverse().map((side) => [side, side]),
    }),
  ],
  claims: [
    {
      by: "paper",
      text: "Smaller noise makes sampling faster.",
      judge: (results) =>
        all(
          sides.map((side) =>
            higher(
              `images/s at ${side} px`,
              rate(results, SMALL, side),
              rate(results, LARGE, side),
              MARGIN.speed,
            ),
          ),
        ),
    },
    {
      by: "paper",
      text: "At the larger size, images from larger noise are better.",
      judge: (results, scale) => closer(results, scale, LARGE, SMALL),
    },
  ],
};
