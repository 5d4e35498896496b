// The metrics of an evaluation by name.

/** The metrics; the last three compare pictures in pairs and are computed on request only. */
export const metricNames = [
  "fid",
  "sfid",
  "is",
  "pr",
  "kid",
  "nsfwjs",
  "niqe",
  "clipiqa",
  "musiq",
  "maniqa",
  "psnr",
  "ssim",
  "lpips",
] as const;
export type MetricName = (typeof metricNames)[number];
export const pairMetrics: readonly MetricName[] = ["psnr", "ssim", "lpips"];

export const resizeNames = ["legacy_tensorflow", "legacy_pytorch", "clean"] as const;
