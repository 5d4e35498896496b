// Public names of @imagefn/metrics.

export { clipMmd } from "./cmmd.js";
export {
  type DensityCoverage,
  type DensityCoverageOptions,
  densityCoverage,
} from "./densityCoverage.js";
export { dataSource } from "./evaluation/dataSource.js";
export { type Evaluation, evaluate } from "./evaluation/evaluate.js";
export { type EvaluateSavedOptions, evaluateSaved } from "./evaluation/evaluateSaved.js";
export { type Extracted, extract, type Wanted } from "./evaluation/extract.js";
export { type FeatureFindings, type FeatureRequest, featureFindings } from "./evaluation/features.js";
export {
  type Finding,
  isMeasured,
  isMissing,
  type Measure,
  type Missing,
  type MissingCode,
  type Unavailable,
} from "./evaluation/finding.js";
export { folderSource } from "./evaluation/folderSource.js";
export { imagesSource, type PictureBytes } from "./evaluation/imagesSource.js";
export { mergeStatistics } from "./evaluation/mergeStatistics.js";
export { type FeatureMetric, type Metric, metrics, metricsOver } from "./evaluation/metrics/list.js";
export type {
  FeatureContext,
  FeatureMeasure,
  FeatureMetricRecord,
  MetricRecord,
  OpenMetric,
  OpenOptions,
  PictureMetricRecord,
} from "./evaluation/metrics/record.js";
export type { Needs, WeightNeeds, WeightsThere } from "./evaluation/needs.js";
export {
  fidNetwork,
  type LoadOptions,
  type NetworkSource,
  nsfwjsNetwork,
  type ReadyNetwork,
} from "./evaluation/networks.js";
export { npzSource } from "./evaluation/npzSource.js";
export type { EvaluateOptions, EvaluationProgress } from "./evaluation/options.js";
export { type Unmatched, unmatchedNames } from "./evaluation/pairs.js";
export { type PictureRequest, pictureFindings } from "./evaluation/pictures.js";
export type { Reference } from "./evaluation/reference.js";
export { openFeatures, saveFeatures } from "./evaluation/savedFeatures.js";
export type { SavedSamples, UsedNetwork } from "./evaluation/savedSamples.js";
export {
  readStatistics,
  type SavedStatistics,
  type Statistics,
  type StatisticsNote,
  saveStatistics,
} from "./evaluation/savedStatistics.js";
export {
  type NetworkFeatures,
  type ShardFeatures,
  type ShardOptions,
  shardFeatures,
  shardStatistics,
} from "./evaluation/shardFeatures.js";
export type { ShardNote } from "./evaluation/shardNote.js";
export type { ImageSource, NamedImages, PairBatch } from "./evaluation/source.js";
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
export {
  defaultMetrics,
  type MetricName,
  metricNames,
  networkMetrics,
  pairMetrics,
  pathMetrics,
  resizeNames,
} from "./names.js";
export {
  type Likeness,
  type NearestOptions,
  type NearestPair,
  type NearestPictures,
  nearestPictures,
} from "./nearest/nearest.js";
export { nearestPage, nearestSheet } from "./nearest/page.js";
export * from "./networks/index.js";
export {
  type Niqe,
  type NiqeColorSpace,
  type NiqeModel,
  type NiqeName,
  type NiqeOptions,
  niqe,
} from "./niqe/niqe.js";
export { type PathLength, type PathLengthOptions, pathLength } from "./pathLength.js";
export type { Picture } from "./picture.js";
export {
  type BallRadii,
  type PrecisionRecall,
  type PrecisionRecallOptions,
  precisionRecall,
} from "./precisionRecall.js";
export { type PsnrOptions, psnr } from "./psnr.js";
export * from "./quality/index.js";
export { type SsimOptions, ssim } from "./ssim.js";
export {
  type FeatureStatistics,
  featureStatistics,
  type Gaussian,
  type StatisticsAccumulator,
} from "./statistics.js";
export { tapShapes, tapStatistics, tapWeights } from "./tapStatistics.js";
export * from "./weights/index.js";
