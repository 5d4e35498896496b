// Tables 4 and 6: scores of single images, without a reference.
import { generatorTitle } from "@imagefn/runs";
import type { Experiment } from "../experiment.js";
import { all, higher, lower, undecided } from "../judge.js";
import { scoreOf } from "../measured.js";
import { iqaMeasure } from "../measures/scores.js";
import { training } from "../measures/training.js";
import { iqaScores, paperKinds, iqa as published } from "../published.js";
import { scoreTable } from "../scoreTable.js";

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
    ...paperKinds.map((kind) => ({ label: generatorTitle(kind), config: recipes.run({ kind }) })),
  ],
  measures: [training, iqaMeasure],
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
      judge(results) {
        const labels = Object.keys(results);
        const parts = labels
          .filter((label) => label.startsWith(generatorTitle("func")))
          .flatMap((func) => {
            const unet = func.replace(generatorTitle("func"), generatorTitle("unet"));
            return iqaScores.flatMap((score) => {
              const [x, y] = [func, unet].map((name) => ({ name, value: scoreOf(results, name, score) }));
              if (x.value === undefined || y.value === undefined) return [];
              return [(score === "NIQE" ? lower : higher)(score, x, y, 0.01)];
            });
          });
        return parts.length > 0 ? all(parts) : undecided("weights missing");
      },
    },
  ],
};
