// PSNR of pairs of pictures.
import { psnr as decibels } from "../../psnr.js";
import { eachPair } from "./each.js";
import type { PictureMetricRecord } from "./record.js";

export const psnr = {
  kind: "pair",
  name: "psnr",
  title: "PSNR",
  description: "10 log10(255^2 / MSE) of pairs, in decibels",
  agrees: "scikit-image 0.26: 10 digits",
  onRequest: true,
  open: async () => ({
    name: "PSNR",
    settings: {},
    values: eachPair((a, b) => decibels(a.data, b.data)),
  }),
} as const satisfies PictureMetricRecord;
