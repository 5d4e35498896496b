// Public names of @imagefn/metrics.

export { type Extracted, extract } from "./evaluation/extract.js";
export { type FeatureMetric, featureFindings, type Reference } from "./evaluation/features.js";
export { type MetricName, metricNames, pairMetrics, resizeNames } from "./evaluation/names.js";
export { fidNetwork, nsfwjsNetwork, type ReadyNetwork } from "./evaluation/networks.js";
export { pictureFindings } from "./evaluation/pictures.js";
export { type Finding, findingsText, isMissing } from "./evaluation/report.js";
export { holdsStatistics, readStatistics, saveStatistics } from "./evaluation/savedStatistics.js";
export {
  dataSource,
  folderSource,
  type ImageSource,
  kindOf,
  npzSource,
} from "./evaluation/sources.js";
export type { Features } from "./features.js";
export { frechetDistance } from "./frechet.js";
export {
  classProbabilities,
  type InceptionScore,
  type InceptionScoreOptions,
  inceptionScore,
} from "./inceptionScore.js";
export type { EngineChoice } from "./innerProducts.js";
export { type KernelDistance, type KernelDistanceOptions, kernelDistance } from "./kernelDistance.js";
export {
  type Lpips,
  type LpipsMetricOptions,
  type LpipsNetwork,
  type LpipsOptions,
  lpips,
  lpipsDistance,
  lpipsNetworks,
  lpipsShapes,
  lpipsWeights,
} from "./lpips.js";
export * from "./networks/index.js";
export { type Niqe, type NiqeModel, type NiqeOptions, niqe } from "./niqe/niqe.js";
export type { Picture } from "./picture.js";
export { type PrecisionRecall, type PrecisionRecallOptions, precisionRecall } from "./precisionRecall.js";
export { type PsnrOptions, psnr } from "./psnr.js";
export * from "./quality/index.js";
export { type SsimOptions, ssim } from "./ssim.js";
export {
  type FeatureStatistics,
  featureStatistics,
  type Gaussian,
  type StatisticsAccumulator,
} from "./statistics.js";
export * from "./weights/index.js";
