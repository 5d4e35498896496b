// Public names of @imagefn/consistency.
export { pretrainSettings, trainProblems, trainSettings } from "./checkedSettings.js";
export { type ConsistencyTrainerOptions, consistencyTrainer } from "./consistencyTrainer.js";
export {
  diffusionWeight,
  ectLow,
  edmLevels,
  ictLevels,
  type Lognormal,
  lognormalLevel,
} from "./continuousLevels.js";
export type { Batch, Data } from "./data.js";
export { type DenoisingDistance, denoisingDistance } from "./denoising.js";
export type { Distance, DistanceRecord, PlainDistanceRecord } from "./distances/distance.js";
export { l1 } from "./distances/l1.js";
export { l2 } from "./distances/l2.js";
export { type DistanceName, distanceNamed, distances } from "./distances/list.js";
export { pseudoHuber } from "./distances/pseudoHuber.js";
export { type DriftFeatures, type DriftOptions, driftField, driftLoss } from "./drift.js";
export { beforeLastEdit, type EditOptions, edit } from "./edit.js";
export { conditionShapes, type Generator, type GeneratorInputs, pointsOf } from "./generator.js";
export type { GeneratorRecord, GeneratorSize } from "./generatorRecord.js";
export { guided, guidedDenoiser } from "./guidance.js";
export { heunEvaluations, heunLevels, heunPath } from "./heunSampler.js";
export {
  colorisation,
  inpainting,
  type Known,
  knownPart,
  nothingKnown,
  superResolution,
  withKnown,
} from "./known.js";
export { type FoundLevels, type LevelSearchOptions, searchLevels } from "./levelSearch.js";
export type { ConsistencyModel } from "./model.js";
export { type GridStep, type NoiseLevels, noiseLevels, type ScheduledStep } from "./noiseLevels.js";
export {
  initPretrainState,
  type PretrainOptions,
  type PretrainState,
  pretrainInputs,
  pretrainStep,
  psnr,
  reconstructionError,
} from "./pretrain.js";
export { type PretrainerOptions, pretrainer } from "./pretrainer.js";
export type { FieldName, Problem } from "./problem.js";
export type { Ranks, Share } from "./ranks.js";
export {
  beforeLastStep,
  consistencyModel,
  denoiser,
  initialNoise,
  type MultistepOptions,
  oneStepInputs,
  type Solver,
  sample,
  stepNoise,
} from "./sample.js";
export {
  cIn,
  cOut,
  consistencyFunction,
  cSkip,
  type FreeForm,
  functionScale,
  imageScale,
  type NetworkInputs,
  networkInputs,
  type Parameterisation,
  parameterisations,
  type Scaling,
  scalingOf,
  sigmaData,
  sigmaMax,
  sigmaMin,
  timeOf,
} from "./scalings.js";
export {
  decay,
  doubling,
  type GridSchedule,
  karrasGrid,
  lognormalProbabilities,
  paperGrid,
  pick,
  powerRate,
  progressive,
  subIntervals,
  targetRate,
} from "./schedules.js";
export {
  type CommonSettings,
  inEffect,
  type Objective,
  type OptimizerName,
  objectives,
  type PretrainSettings,
  pretrainDefaults,
  type TrainSettings,
  type Trajectory,
  trainDefaults,
  trajectories,
} from "./settings.js";
export { slerp } from "./slerp.js";
export type { StepResult, Trainer, TrainerNeeds } from "./trainer.js";
export {
  initTrainState,
  type TrainState,
  type TrainStepOptions,
  trainInputs,
  trainStep,
} from "./trainStep.js";
export { asParams, weightsIn } from "./weights.js";
