// Public names of @imagefn/consistency.
export { type DenoisingDistance, denoisingDistance } from "./denoising.js";
export { type Distance, distances, l1, l2, pseudoHuber } from "./distances.js";
export { conditionShapes, type Generator, type GeneratorInputs, pointsOf } from "./generator.js";
export {
  initPretrainState,
  type PretrainOptions,
  type PretrainState,
  pretrainInputs,
  pretrainStep,
  psnr,
  reconstructionError,
} from "./pretrain.js";
export {
  denoiser,
  functionScale,
  initialNoise,
  type MultistepOptions,
  oneStepInputs,
  sample,
} from "./sample.js";
export {
  cIn,
  cOut,
  consistencyFunction,
  cSkip,
  type FreeForm,
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
  progressive,
  subIntervals,
  targetRate,
} from "./schedules.js";
export {
  type Batch,
  type ConsistencyTrainerOptions,
  consistencyTrainer,
  type Data,
  noiseLevels,
  type PretrainerOptions,
  pretrainer,
  type StepResult,
  type Trainer,
} from "./trainer.js";
export {
  initTrainState,
  type TrainState,
  type TrainStepOptions,
  trainInputs,
  trainStep,
} from "./trainStep.js";
