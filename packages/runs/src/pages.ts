// What of a run works in pages, without Node: batches, pace, programs, and the files of the run.
export { type TrainingData, trainingData } from "./data/trainingData.js";
export { scaledMask, scaledPicture } from "./editing/scaled.js";
export { usualStrokesLevels } from "./editing/usualLevels.js";
export { functionsOnnx } from "./export/functionsOnnx.js";
export type { Crc32 } from "./folder/checkpointFile.js";
export { stepOf } from "./folder/checkpointFile.js";
export type { LogEntry } from "./folder/log.js";
export type { Phase, Position } from "./folder/position.js";
export { type PageLevels, pageLevels } from "./pages/pageLevels.js";
export type { PageRun } from "./pages/pageRun.js";
export { checkpointBytes, type PageFile, type PageTraining, runFiles } from "./pages/runFiles.js";
export { functionProgram, toFunctions } from "./sampling/functionPrograms.js";
export type { Agreement, Decision } from "./training/agreement.js";
export { type Pace, type PaceOptions, paceOf } from "./training/pace.js";
export { secondsPerStep } from "./training/speed.js";
export { trainerOptions } from "./training/trainerOptions.js";
