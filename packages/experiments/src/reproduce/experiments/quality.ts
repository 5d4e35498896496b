// Tables 1 and 5: scores of the generators on each data set.

import { type GeneratorKind, generatorTitle } from "@imagefn/runs";
import { amongImages, better, closer, frechetOf, meanScore } from "../closer.js";
import type { Experiment } from "../experiment.js";
import { samplesFigure } from "../figures/pictures.js";
import { all, type Judgement, ratio, undecided } from "../judge.js";
import { ours, type Results } from "../measured.js";
import { qualityMeasure } from "../measures/scores.js";
import { training } from "../measures/training.js";
import { type DataName, dataNames, type Scale } from "../names.js";
import { paperKinds, quality as published, qualityScores } from "../published.js";
import { scoreTable } from "../scoreTable.js";
import { isFirstSeed, withSeeds } from "../seeds.js";

/** Generators that the paper trains on a data set. */
const kindsOf = (data: DataName) => paperKinds.filter((kind) => published[data][kind] !== undefined);

/** Names of the data in labels at both scales. A label is the generator's name and that of the data. */
const shortNames: Readonly<Record<DataName, readonly string[]>> = {
  cifar10: ["styles", "CIFAR-10"],
  celeba64: ["16 px", "CelebA-64"],
  celeba128: ["32 px", "CelebA-128"],
  church: ["Church-128"],
  classroom: ["Classroom-128"],
};

const find = (label: string) =>
  dataNames
    .flatMap((data) => paperKinds.map((kind) => ({ data, kind })))
    .find(({ data, kind }) => shortNames[data].some((short) => label === `${generatorTitle(kind)} ${short}`));

/** The data sets of which both generators were trained. */
const pairs = (results: Results): (readonly [func: string, unet: string])[] =>
  dataNames.flatMap((data) =>
    shortNames[data].flatMap((short) => {
      const pair = [`${generatorTitle("func")} ${short}`, `${generatorTitle("unet")} ${short}`] as const;
      return pair.every((label) => results[label]?.scores) ? [pair] : [];
    }),
  );

/** Every score that both have. */
const everyScore = (results: Results, scale: Scale, a: string, b: string): Judgement[] =>
  [...qualityScores, ...Object.values(ours)]
    .filter((score) => [a, b].every((label) => meanScore(results, label, score) !== undefined))
    .map((score) => amongImages(results, scale, [a, b], better(results, scale, score, a, b)));

/** Seeds of each run: most where the paper compares most, and two for the spread elsewhere. */
const seedsOf = (data: DataName, kind: GeneratorKind) => {
  if (data === "celeba64") return kind === "func" || kind === "unet" ? 3 : 2;
  return data === "celeba128" && kind === "func" ? 3 : 1;
};

export const quality: Experiment = {
  name: "quality",
  title: "Scores of generated images",
  paper: "Tables 1 and 5, Figures 6 and 11 to 15",
  about:
    "One-step samples of every generator, from the same noise on each data set, against training images.",
  contenders: (recipes) =>
    dataNames
      .filter((data) => recipes.scale === "paper" || (data !== "church" && data !== "classroom"))
      .flatMap((data) =>
        kindsOf(data).flatMap((kind) =>
          withSeeds(
            recipes,
            seedsOf(data, kind),
            `${generatorTitle(kind)} ${recipes.short(data)}`,
            (seed) => ({ config: recipes.run({ kind, data, seed }) }),
          ),
        ),
      ),
  measures: [training, qualityMeasure],
  tables: (results) => [
    scoreTable(results, {
      caption: "Scores of one-step samples",
      scores: qualityScores,
      published(label) {
        const { data, kind } = find(label) ?? {};
        const values = data && kind && published[data][kind];
        return values && { what: shortNames[data].at(-1)!, values };
      },
    }),
  ],
  figures: [
    samplesFigure({
      name: "samples",
      caption: "Samples of each run, in one step; columns of one data set share their noise.",
      count: 8,
      wanted: ({ contender }) => isFirstSeed(contender.label),
    }),
  ],
  claims: [
    {
      by: "paper",
      text: "CM-Func beats the U-Net on every data set in all scores.",
      judge(results, scale) {
        const parts = pairs(results).flatMap(([func, unet]) => everyScore(results, scale, func, unet));
        return parts.length > 0 ? all(parts) : undecided("no scores of both");
      },
    },
    {
      by: "paper",
      text: "On every data set CM-Func is closer to the data than the U-Net (FID).",
      judge(results, scale) {
        const parts = pairs(results).map(([func, unet]) => closer(results, scale, func, unet));
        return parts.length > 0 ? all(parts) : undecided("no scores of both");
      },
    },
    {
      by: "paper",
      text: "All generators made of transformers do better than the U-Net.",
      judge(results, scale) {
        const base = Object.keys(results).filter((label) => find(label)?.data === "celeba64");
        const unet = base.find((label) => find(label)?.kind === "unet");
        const others = base.filter((label) => label !== unet);
        return unet ? all(others.map((other) => closer(results, scale, other, unet))) : undecided("no U-Net");
      },
    },
    {
      by: "paper",
      text: "CM-Func is comparable with the other transformer generators (the paper: FID 1.16 times CM-DiT's).",
      judge(results, scale) {
        const of = (kind: string) =>
          Object.keys(results).find(
            (label) => find(label)?.data === "celeba64" && find(label)?.kind === kind,
          )!;
        const labels = ["func", "dit", "uvit"].map(of);
        const score = frechetOf(results, labels);
        const [func, ...others] = labels.map((name) => ({ name, value: meanScore(results, name, score) }));
        const best = others.reduce((a, b) => ((b.value ?? Infinity) < (a.value ?? Infinity) ? b : a));
        return amongImages(results, scale, [func.name, best.name], ratio(score, func, best, [1.2, 1.5]));
      },
    },
  ],
};
