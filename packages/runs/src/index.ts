// Public names of @imagefn/runs.

export { engineNames } from "@imagefn/ops/names";
export { checkConfig } from "./config/checks.js";
export { configFields, type Field, fieldTable } from "./config/fields.js";
export { configJsonSchema } from "./config/jsonSchema.js";
export { isValues, type Layer, unknownField, type Values, valueAt } from "./config/layers.js";
export { defaultPreset, type Preset, presets, quick } from "./config/presets.js";
export type { Problem } from "./config/problem.js";
export {
  type ConfigSource,
  fieldValues,
  type PartialConfig,
  resolveConfig,
  type Settings,
  settingsValues,
} from "./config/resolve.js";
export { type Config, type ConfigInput, configSchema, stepCount } from "./config/schema.js";
export { schemaFile } from "./config/schemaFile.js";
export { type Starter, type StarterOptions, starterConfig } from "./config/starter.js";
export { configYaml } from "./config/write.js";
export type { Data } from "./data/data.js";
export {
  type DataKind,
  type DataKindName,
  type DataSettings,
  dataKind,
  dataKinds,
  type LoadOptions,
} from "./data/kinds.js";
export { loadData } from "./data/load.js";
export type { OwnBatches, OwnImage, OwnImages } from "./data/ownImages.js";
export { examine } from "./doctor/examine.js";
export type { EngineReport, Report } from "./doctor/report.js";
export { type EditMode, type EditOptions, editModes } from "./editing/options.js";
export type { MeasuredJob } from "./engine/measured.js";
export {
  type EvaluateRunOptions,
  evaluateRun,
  type RunFeaturesOptions,
  runFeatures,
} from "./evaluate.js";
export { evaluationPath } from "./evaluationPath.js";
export { type Exported, type ExportOptions, exportFunctionFile } from "./export/export.js";
export { type ExportFormat, exportFormats, formatOf, precisions } from "./export/formats.js";
export type { FunctionFormat } from "./export/functionFile.js";
export { functionsModel } from "./export/models.js";
export { type Checkpoint, listCheckpoints } from "./folder/checkpoints.js";
export { latestRun } from "./folder/latest.js";
export { type LogEntry, openLog, readLog } from "./folder/log.js";
export {
  createRunFolder,
  openRunFolder,
  type RunFolder,
  type RunFolderOptions,
} from "./folder/runFolder.js";
export { generators, generatorTitle } from "./generators/index.js";
export { type GeneratorKind, generatorKinds } from "./generators/names.js";
export { processor } from "./machine.js";
export { type NearestRunOptions, nearestOfRun } from "./nearest.js";
export { type PageLevels, pageLevels } from "./pages/pageLevels.js";
export { type PageRun, pageRun } from "./pages/pageRun.js";
export type { Measured } from "./plan/measured.js";
export { type NetworkCost, type NetworkCostOptions, networkCost } from "./plan/networkCost.js";
export { type Plan, type PlanOptions, planRun } from "./plan/plan.js";
export { formatDuration, type Progress, type ProgressWriter } from "./progress.js";
export { openRun, type Run, type SampleOptions } from "./run.js";
export type { AnimateOptions } from "./sampling/animate.js";
export type { DrawOptions } from "./sampling/draw.js";
export {
  type ChosenLevels,
  chosenLevels,
  type FoundSteps,
  type LevelSearch,
} from "./sampling/foundLevels.js";
export type { Guided } from "./sampling/guidance.js";
export type { SearchLevelsOptions } from "./sampling/levelSearch.js";
export { multistepLevels } from "./sampling/levels.js";
export { drawsFunctions, engineOf, type Network, networkOf, parameterCount } from "./sampling/network.js";
export { drawn, enlargement } from "./sampling/pictures.js";
export {
  BATCH,
  isFunction,
  type Sample,
  type SampleRequest,
  type Sampler,
  type SamplerOptions,
  sampler,
} from "./sampling/sampler.js";
export { finalSizes, makesFunctions } from "./sampling/sizes.js";
export { runSource } from "./sampling/source.js";
export { refuseDiffusion, samplingOf, usualSteps } from "./sampling/steps.js";
export { labelsOf, openTrained, type Trained } from "./sampling/trained.js";
export type { Size } from "./size.js";
export { type TrainOptions, train } from "./train.js";
export { isFinished, trainInto } from "./trainInto.js";
export type { Isolation } from "./training/isolate.js";
export type { Ranks } from "./training/ranks.js";
export { type SittingOptions, trainAlong } from "./training/run.js";
export {
  referenceImages,
  type TrainingImagesOptions,
  type TrainingSets,
  trainingSets,
} from "./trainingImages.js";
export { version } from "./version.js";
