// Table 7: trained at the smaller and at the larger size, drawn at the larger.
import { closer } from "../closer.js";
import type { Experiment } from "../experiment.js";
import { samplesFigure } from "../figures/pictures.js";
import { qualityMeasure } from "../measures/scores.js";
import { training } from "../measures/training.js";
import { crossResolution as published, qualityScores } from "../published.js";
import { scoreTable } from "../scoreTable.js";
import { isFirstSeed, withSeeds } from "../seeds.js";

const UNET = "CM-UNet, larger";
const LARGE = "CM-Func, larger";
const SMALL = "CM-Func, smaller";

export const crossResolution: Experiment = {
  name: "cross-resolution",
  title: "Trained at one size, drawn at another",
  paper: "Table 7",
  about: "Runs of the larger training size and CM-Func of the smaller one, all measured at the larger size.",
  contenders: (recipes) => [
    { label: UNET, config: recipes.run({ kind: "unet", data: "celeba128" }) },
    ...withSeeds(recipes, 3, LARGE, (seed) => ({ config: recipes.run({ data: "celeba128", seed }) })),
    ...withSeeds(recipes, 3, SMALL, (seed) => ({
      config: recipes.run({ data: "celeba64", seed }),
      size: recipes.sides[1],
    })),
  ],
  measures: [training, qualityMeasure],
  tables: (results) => [
    scoreTable(results, {
      caption: "Scores at the larger size, by training size",
      scores: qualityScores,
      published(label) {
        if (label === UNET) return { what: "128 px", values: published.unet128 };
        return label === LARGE
          ? { what: "128 px", values: published.func128 }
          : { what: "64 px, drawn at 128", values: published.func64 };
      },
    }),
  ],
  figures: [
    samplesFigure({
      name: "samples",
      caption: "Samples at the larger size. The noise of the two training sizes is not the same.",
      count: 8,
      wanted: ({ contender }) => isFirstSeed(contender.label),
      sizes: ({ contender, config }) => [
        [contender.size ?? config.data.size, contender.size ?? config.data.size],
      ],
    }),
  ],
  claims: [
    {
      by: "paper",
      text: "Trained at half the size, CM-Func still does better than the U-Net trained at the size that is measured.",
      judge: (results, scale) => closer(results, scale, SMALL, UNET),
    },
    {
      by: "paper",
      text: "Training at the larger size gives better images of that size.",
      judge: (results, scale) => closer(results, scale, LARGE, SMALL),
    },
  ],
};
