// Table 2 and Figure 9: sampling at several sizes, with one model or with one for each size.

import { generatorTitle } from "@imagefn/runs";
import type { Cell } from "../../tables.js";
import { closer } from "../closer.js";
import type { Experiment } from "../experiment.js";
import { samplesFigure } from "../figures/pictures.js";
import { all, higher, limits, MARGIN } from "../judge.js";
import { ours, type Results, rateOf } from "../measured.js";
import { qualityMeasure } from "../measures/scores.js";
import { agreementMeasure } from "../measures/sizes.js";
import { timingMeasure } from "../measures/timing.js";
import { multiResolutionRate, paperKinds, quality } from "../published.js";
import { scoreCell } from "../scoreTable.js";
import { isFirstSeed, paperContenders } from "../seeds.js";

const sides = [32, 64, 128] as const;
const names = ["FID", "sFID", "IS", "precision"] as const;

const rate = (results: Results, name: string) => ({ name, value: rateOf(results[name]?.timing, sides) });

export const multires: Experiment = {
  name: "multires",
  title: "Sampling at several sizes",
  paper: "Table 2, Figure 9",
  about:
    "Images per second when every signal is drawn at 32, 64 and 128 pixels: a function is made once and drawn three " +
    "times, 3 n / sum(T + R32 + R64 + R128); the others need a network of each size, 3 n / sum(T32 + T64 + T128).",
  contenders: paperContenders,
  measures: [
    qualityMeasure,
    timingMeasure(sides),
    agreementMeasure([
      [2, 2],
      [4, 4],
    ]),
  ],
  tables: (results) => [
    {
      caption: "Efficiency and accuracy",
      head: [
        "generator",
        "any size",
        "images/s at one size",
        "images/s at 32 + 64 + 128 px",
        ...names,
        ours.frechet,
      ],
      rows: paperKinds.flatMap((kind): Cell[][] => {
        const label = generatorTitle(kind);
        const one = results[label];
        const size = one?.size;
        return [
          [
            label,
            kind === "func" ? "yes" : "no",
            size === undefined ? undefined : rateOf(one?.timing, [size]),
            rate(results, label).value,
            ...[...names, ours.frechet].map((name) => scoreCell(one?.scores?.[name])),
          ],
          [
            `${label}: the paper, CelebA-64`,
            kind === "func" ? "yes" : "no",
            undefined,
            String(multiResolutionRate[kind]),
            ...quality.celeba64[kind]!.slice(0, names.length).map(String),
          ],
        ];
      }),
    },
    {
      caption:
        "Larger pictures of the functions, averaged down to the training size, against the pictures of that size",
      head: ["size", "PSNR, dB"],
      rows: (results[generatorTitle("func")]?.agreement ?? []).map(({ width, height, psnr }) => [
        `${width} x ${height}`,
        psnr,
      ]),
    },
  ],
  figures: [
    samplesFigure({
      name: "sizes",
      caption:
        "Image functions of one model at three sizes; small pictures are enlarged, each pixel a square.",
      count: 8,
      wanted: ({ config, contender }) => config.generator.kind === "func" && isFirstSeed(contender.label),
      sizes: () => sides.map((side) => [side, side]),
    }),
  ],
  claims: [
    {
      by: "paper",
      text: "At 32, 64 and 128 pixels together CM-Func samples much faster than every other generator.",
      judge: (results) =>
        all(
          paperKinds
            .filter((kind) => kind !== "func")
            .map((kind) =>
              higher(
                "images/s",
                rate(results, generatorTitle("func")),
                rate(results, generatorTitle(kind)),
                MARGIN.speed,
              ),
            ),
        ),
    },
    {
      by: "paper",
      text: "The pictures of one function are clean at every size.",
      judge: (results) =>
        all(
          (results[generatorTitle("func")]?.agreement ?? []).map(({ width, height, psnr }) =>
            limits(`${width} x ${height} against the training size`, psnr, [25, 20], " dB"),
          ),
        ),
    },
    {
      by: "paper",
      text: "CM-Func generates better images than the U-Net.",
      judge: (results, scale) => closer(results, scale, generatorTitle("func"), generatorTitle("unet")),
    },
  ],
};
