// Public names of @imagefn/metrics.
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
