// MUSIQ of single pictures.
import { exported } from "./exported.js";
import type { PictureMetricRecord } from "./record.js";

export const musiq = {
  ...exported("musiq"),
  name: "musiq",
  title: "MUSIQ",
  description: "quality by a transformer at three scales, trained on KonIQ-10k, about 0 to 100",
} as const satisfies PictureMetricRecord;
