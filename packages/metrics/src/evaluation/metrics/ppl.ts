// Perceptual path length of a generator over LPIPS.
import { openLpips } from "./lpips.js";
import type { PictureMetricRecord } from "./record.js";

/** The side at which pictures are compared, as in torch-fidelity. */
const SIDE = 64;

/** The network of the paper first. */
const networks = ["vgg", "alex", "squeeze"] as const;

export const ppl = {
  kind: "path",
  name: "ppl",
  title: "perceptual path length",
  description:
    "LPIPS at 64 px of pictures whose noise is 1e-4 of a great circle apart, over 1e-8, without 1 % of outliers on each side",
  agrees:
    "torch-fidelity's definition, but for its rounding of pictures to bytes; a linear generator in closed form",
  needs: openLpips.needs(networks),
  onRequest: true,
  open: (options) => openLpips.open(networks, options, { size: SIDE, title: "PPL" }),
} as const satisfies PictureMetricRecord;
