// Tables 4 and 6: scores of single images, without a reference.
import { generatorTitle } from "@imagefn/runs";
import { amongImages, better, meanScore } from "../closer.js";
import type { Experiment } from "../experiment.js";
import { all, undecided } from "../judge.js";
import { iqaMeasure, qualityMeasure } from "../measures/scores.js";
import { training } from "../measures/training.js";
import { iqaScores, paperKinds, iqa as published } from "../published.js";
import { scoreTable } from "../scoreTable.js";
import { isFirstSeed, paperContenders } from "../seeds.js";

/** How far seeds may be apart, as part of a score, where too few were trained to measure it. */
const SPREAD = 0.1;

export const iqa: Experiment = {
  name: "iqa",
  title: "Image quality without a reference",
  paper: "Tables 4 and 6",
  about:
    "NIQE (lower is better), CLIPIQA, MUSIQ and MANIQA (higher is better; MANIQA of 1,000 images at most). They need " +
    "weight files.",
  contenders: (recipes) => [
    ...(["unet", "func"] as const).map((kind) => ({
      label: `${generatorTitle(kind)} ${recipes.short("cifar10")}`,
      config: recipes.run({ kind, data: "cifar10" }),
    })),
    ...paperContenders(recipes),
  ],
  // The precision too: what shows no images yet has no quality to compare.
  measures: [training, qualityMeasure, iqaMeasure],
  tables: (results) => [
    scoreTable(results, {
      caption: "Image quality",
      scores: iqaScores,
      withOurs: false,
      published(label) {
        const kind = paperKinds.find((one) => label.split(" ")[0] === generatorTitle(one));
        const data = label.includes(" ") ? "cifar10" : "celeba64";
        const values = kind && published[data]?.[kind];
        return values && { what: data === "cifar10" ? "CIFAR-10" : "CelebA-64", values };
      },
    }),
  ],
  figures: [],
  claims: [
    {
      by: "paper",
      text: "The images of CM-Func have better quality than the U-Net's.",
      judge(results, scale) {
        const parts = Object.keys(results)
          .filter((label) => label.startsWith(generatorTitle("func")) && isFirstSeed(label))
          .flatMap((func) => {
            const unet = func.replace(generatorTitle("func"), generatorTitle("unet"));
            return iqaScores
              .filter((score) => [func, unet].every((one) => meanScore(results, one, score) !== undefined))
              .map((score) =>
                amongImages(results, scale, [func, unet], better(results, scale, score, func, unet, SPREAD)),
              );
          });
        return parts.length > 0 ? all(parts) : undecided("weights missing");
      },
    },
  ],
};
