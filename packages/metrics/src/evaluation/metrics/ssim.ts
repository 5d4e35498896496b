// SSIM of pairs of pictures.
import { ssim as similarity } from "../../ssim.js";
import { eachPair } from "./each.js";
import type { PictureMetricRecord } from "./record.js";

export const ssim = {
  kind: "pair",
  name: "ssim",
  title: "SSIM",
  description: "structural similarity of pairs: Gaussian window of 11, sigma 1.5, K 0.01 and 0.03",
  agrees: "scikit-image 0.26: 10 digits",
  onRequest: true,
  open: async () => ({ name: "SSIM", settings: {}, values: eachPair((a, b) => similarity(a, b)) }),
} as const satisfies PictureMetricRecord;
