// MANIQA of single pictures.
import { exported } from "./exported.js";
import type { PictureMetricRecord } from "./record.js";

export const maniqa = {
  ...exported("maniqa"),
  name: "maniqa",
  title: "MANIQA",
  description:
    "quality by a transformer on 20 crops, trained on KonIQ-10k, about 0 to 1; the first 1,000 pictures",
  // The paper measures it on 1,000 images, and each takes seconds.
  limit: 1000,
} as const satisfies PictureMetricRecord;
