// Figures 19 and 20: drawing the function at a larger size against enlarging a smaller picture.
import type { Experiment } from "../experiment.js";
import { enlargedFigure } from "../figures/enlarged.js";
import { samplesFigure } from "../figures/pictures.js";
import { higher, type Judgement, MARGIN, notHere } from "../judge.js";
import type { Results } from "../measured.js";
import { sharpnessMeasure } from "../measures/sizes.js";
import { training } from "../measures/training.js";

const WITHIN = "up to the training size";
const BEYOND = "beyond the training size";

/** Whether drawing is sharper than enlarging; beyond the sharpness of real images that would be no merit. */
function sharper(results: Results, name: string): Judgement {
  const { direct, bilinear, real } = results[name]?.sharpness ?? {};
  const drawn = { name: "drawn", value: direct };
  const judged = higher("sharpness", drawn, { name: "enlarged", value: bilinear }, MARGIN.sharpness);
  const excess = higher("sharpness", drawn, { name: "real images", value: real }, MARGIN.sharpness);
  return judged.verdict === "holds" && excess.verdict === "holds"
    ? notHere("Sharper than real images: a lattice counts as edges too", excess)
    : judged;
}

/** The side at which pictures are compared: the larger size of the scale. */
const side = (scale: "tiny" | "paper") => (scale === "tiny" ? 32 : 128);

const sharpness = { tiny: sharpnessMeasure(side("tiny")), paper: sharpnessMeasure(side("paper")) };

export const interpolation: Experiment = {
  name: "interpolation",
  title: "Drawing larger against enlarging",
  paper: "Figures 19 and 20",
  about:
    "Functions drawn at the larger size, against the same functions drawn at half of it and enlarged bilinearly; for a run " +
    "of the larger training size and for one of the smaller. Sharpness is the mean length of the grey gradient, in levels " +
    "of 255 per pixel. A sharper picture is a better one only as far as real images go.",
  contenders: (recipes) => [
    { label: WITHIN, config: recipes.run({ data: "celeba128" }) },
    { label: BEYOND, config: recipes.run({ data: "celeba64" }) },
  ],
  measures: [
    training,
    {
      ...sharpness.tiny,
      measure: (subject, lab) => sharpness[lab.scale].measure(subject, lab),
    },
  ],
  tables: (results) => [
    {
      caption: "Sharpness",
      head: [
        "run",
        "training size",
        "compared at",
        "drawn",
        "enlarged",
        "drawn over enlarged",
        "real images",
      ],
      rows: [WITHIN, BEYOND].map((name) => {
        const one = results[name];
        const found = one?.sharpness;
        return [
          name,
          one?.size,
          found?.side,
          found?.direct,
          found?.bilinear,
          found && found.direct / found.bilinear,
          found?.real,
        ];
      }),
    },
  ],
  figures: [
    enlargedFigure({
      name: "enlarged",
      caption:
        "Above each: the function drawn at the larger size. Below: drawn at half of it and enlarged bilinearly.",
      side,
      count: 6,
    }),
    samplesFigure({
      name: "larger",
      caption: "The same functions at twice the larger size.",
      count: 4,
      sizes: ({ config: { data } }) => [[Math.max(128, 2 * data.size), Math.max(128, 2 * data.size)]],
    }),
  ],
  claims: [
    {
      by: "paper",
      text: "Up to the training size, drawing is sharper than enlarging.",
      judge: (results) => sharper(results, WITHIN),
    },
    {
      by: "paper",
      text: "Beyond the training size, drawing gives sharper edges than enlarging.",
      judge: (results) => sharper(results, BEYOND),
    },
  ],
};
