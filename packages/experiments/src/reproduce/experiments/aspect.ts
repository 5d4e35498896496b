// Figure 18: pictures that are not square.
import type { Size } from "@imagefn/runs";
import type { Experiment } from "../experiment.js";
import { samplesFigure } from "../figures/pictures.js";
import { all, limits, undecided } from "../judge.js";
import { agreementMeasure } from "../measures/sizes.js";
import { training } from "../measures/training.js";

const LABEL = "CM-Func";

/** Width and height over the training size. */
const shapes: readonly Size[] = [
  [2, 1],
  [1, 2],
  [3, 2],
];

export const aspect: Experiment = {
  name: "aspect",
  title: "Pictures that are not square",
  paper: "Figure 18",
  about:
    "Functions of the larger training size (the paper: LSUN church) drawn with other ratios of width to height: the same " +
    "picture, with denser coordinates along one side.",
  contenders: (recipes) => [
    { label: LABEL, config: recipes.run({ data: recipes.scale === "paper" ? "church" : "celeba128" }) },
  ],
  measures: [training, agreementMeasure(shapes)],
  tables: (results) => [
    {
      caption: "Pictures averaged down to the training size, against the pictures of that size",
      head: ["width x height", "PSNR, dB"],
      rows: (results[LABEL]?.agreement ?? []).map(({ width, height, psnr }) => [
        `${width} x ${height}`,
        psnr,
      ]),
    },
  ],
  figures: [
    samplesFigure({
      name: "samples",
      caption: "The same functions with several ratios of width to height.",
      count: 6,
      sizes: ({ config: { data } }) => [
        [data.size, data.size],
        [data.size * 2, data.size],
        [data.size, data.size * 2],
        [data.size * 1.5, data.size],
      ],
    }),
  ],
  claims: [
    {
      by: "paper",
      text: "Pictures of any ratio of width to height can be drawn from one function.",
      judge(results) {
        const found = results[LABEL]?.agreement ?? [];
        if (found.length === 0) return undecided("no pictures");
        return all(
          found.map(({ width, height, psnr }) =>
            limits(`${width} x ${height} against the square picture`, psnr, [25, 20], " dB"),
          ),
        );
      },
    },
  ],
};
