// CLIP-IQA of single pictures.
import { exported } from "./exported.js";
import type { PictureMetricRecord } from "./record.js";

export const clipiqa = {
  ...exported("clipiqa"),
  name: "clipiqa",
  title: "CLIP-IQA",
  description: "quality by CLIP's prompts, 0 to 1",
} as const satisfies PictureMetricRecord;
