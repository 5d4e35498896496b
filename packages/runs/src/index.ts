// Public names of @imagefn/runs.
export { checkConfig } from "./config/checks.js";
export { configFields, fieldTable } from "./config/fields.js";
export { isValues, valueAt } from "./config/layers.js";
export { presets } from "./config/presets.js";
export { type ConfigRequest, defaultPreset, resolveConfig } from "./config/resolve.js";
export { type Config, engineNames, type GeneratorKind, generatorKinds, stepCount } from "./config/schema.js";
export { configYaml } from "./config/write.js";
export { examine } from "./doctor/examine.js";
export type { EngineReport, Report } from "./doctor/report.js";
export { fourDigits, sampleMetadata, writeFunctions } from "./folder/functionFiles.js";
export { type LogEntry, readLog } from "./folder/log.js";
export { createRunFolder, openRunFolder, type RunFolder } from "./folder/runFolder.js";
export { processor } from "./machine.js";
export { formatDuration, type Progress, type ProgressWriter } from "./progress.js";
export { functionModel, generatorModel } from "./sampling/models.js";
export { drawsFunctions, engineOf, type Network, networkOf, parameterCount } from "./sampling/network.js";
export { drawn, enlargement, writeGrid } from "./sampling/pictures.js";
export {
  BATCH,
  functionProgram,
  isFunction,
  multistepLevels,
  type Sample,
  sampler,
} from "./sampling/sampler.js";
export { finalSizes } from "./sampling/sizes.js";
export { runSource } from "./sampling/source.js";
export { classNumber, classPart, labelsOf, openTrained, type Trained } from "./sampling/trained.js";
export type { Size } from "./size.js";
export { isFinished, trainInto } from "./trainInto.js";
export { type Data, loadData } from "./training/data.js";
export type { FromWorker, WorkerInput } from "./training/messages.js";
export { unpackError } from "./training/packedError.js";
export type { Ending } from "./training/training.js";
export { version } from "./version.js";
export const workerUrl = new URL("./training/worker.js", import.meta.url);
export { requireDataPath } from "./config/checks.js";
export { parseConfig } from "./config/layers.js";
export { adviceFor } from "./doctor/advice.js";
export { checkpointPath, latestCheckpoint, listCheckpoints, saveCheckpoint } from "./folder/checkpoints.js";
export { openLog } from "./folder/log.js";
