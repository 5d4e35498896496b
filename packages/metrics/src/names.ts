// The names of metrics and resize rules, in a module that loads none of them: for help texts and checks of options.
// A test compares them with the records.
import type { FidResize } from "./networks/inception2015.js";
import { resizeRules } from "./networks/resize.js";

/** The names of all metrics, in the order of their findings. */
export const metricNames = [
  "fid",
  "sfid",
  "is",
  "pr",
  "dc",
  "kid",
  "nsfwjs",
  "random-conv",
  "network",
  "cmmd",
  "niqe",
  "clipiqa",
  "musiq",
  "maniqa",
  "psnr",
  "ssim",
  "lpips",
  "ppl",
] as const;

/** The name of a metric of an evaluation. */
export type MetricName = (typeof metricNames)[number];

/** Metrics of pairs of pictures, one of the samples and one of the reference. */
export const pairMetrics: readonly MetricName[] = ["psnr", "ssim", "lpips"];

/** Metrics over a network in an ONNX file, which an option names. */
export const networkMetrics: readonly MetricName[] = ["network", "cmmd"];

/** Metrics of paths through the noise of a generator, for samples of a run. */
export const pathMetrics: readonly MetricName[] = ["ppl"];

/** The metrics that are computed where none are named. */
export const defaultMetrics: readonly MetricName[] = metricNames.filter(
  (name) => ![...pairMetrics, ...networkMetrics, ...pathMetrics].includes(name),
);

/** The rules by which FID's network is given images: numbers of different rules differ. */
export const resizeNames = resizeRules.filter((rule): rule is FidResize => rule !== "align_corners");
