// Public names of imagefn.
export {
  type Checkpoint,
  checkpointPath,
  latestCheckpoint,
  listCheckpoints,
  saveCheckpoint,
} from "./checkpoints.js";
export {
  type Config,
  type ConfigInput,
  configSchema,
  engineNames,
  type GeneratorKind,
  generatorKinds,
  stepCount,
} from "./config.js";
export { checkConfig, type Problem, requireDataPath } from "./configChecks.js";
export { configYaml } from "./configYaml.js";
export { adviceFor } from "./doctor/advice.js";
export type { EngineReport, Report } from "./doctor/report.js";
export { reportText } from "./doctor/text.js";
export { type Explanation, explain, reportError, UsageError, UserError, withPath } from "./errors.js";
export { explorerPage } from "./explore/page.js";
export { type Served, serveSite } from "./explore/serve.js";
export { explorerSite, type Site, type SiteFile } from "./explore/site.js";
export { writeSite } from "./explore/write.js";
export { configFields, type Field, fieldTable } from "./fields.js";
export {
  type GridOptions,
  type ImageRows,
  type ImageValues,
  imageRows,
  planesToBytes,
  type Sheet,
  sheet,
  toBytes,
} from "./grid.js";
export { deepMerge, type Layer, parseConfig, type Values } from "./layers.js";
export { didYouMean, nearest } from "./nearest.js";
export { type CommandLine, type WiredCommand, wire } from "./options/commandLine.js";
export { type CompareOptions, compareLine } from "./options/compare.js";
export { type ConfigOptions, configLine } from "./options/config.js";
export { type DoctorOptions, doctorLine } from "./options/doctor.js";
export { type ExploreOptions, exploreLine } from "./options/explore.js";
export { type ExportOptions, exportLine } from "./options/export.js";
export { presetsLine } from "./options/presets.js";
export { type ReportOptions, reportLine } from "./options/report.js";
export { type ReproduceOptions, reproduceLine } from "./options/reproduce.js";
export { type SampleOptions, sampleLine } from "./options/sample.js";
export { type TrainOptions, trainLine } from "./options/train.js";
export type { Size } from "./options/values.js";
export { encodePng, type PngSize, type Rows, writePng } from "./png.js";
export { type Preset, presets } from "./presets.js";
export { buildProgram, runProgram } from "./program.js";
export {
  createProgress,
  formatDuration,
  formatProgress,
  type Progress,
  type ProgressStream,
  type ProgressWriter,
} from "./progress.js";
export { type Contents, type Picture, readContents } from "./report/contents.js";
export { type Curve, curvesOf, type Line } from "./report/curves.js";
export { reportPage } from "./report/page.js";
export { type Point, type Points, pointsOf } from "./report/points.js";
export { type LiveReport, serveReport, type Update } from "./report/serve.js";
export { type View, viewOf } from "./report/view.js";
export { writeReport } from "./report/write.js";
export type { Outcome } from "./reproduce/carryOut.js";
export type { Claim, Contender, Experiment } from "./reproduce/experiment.js";
export { experiments } from "./reproduce/experiments/index.js";
export { lengthFor } from "./reproduce/fit.js";
export { all, higher, type Judgement, limits, lower, ratio, type Verdict } from "./reproduce/judge.js";
export { type Measured, type Results, rateOf, type Score, type Training } from "./reproduce/measured.js";
export { roughness, trainingOf } from "./reproduce/measures/training.js";
export { planClock, trainingSeconds } from "./reproduce/plan.js";
export { averagedDown, bilinear, meanGradient, type Plane, peakSignalToNoise } from "./reproduce/planes.js";
export { recipesOf } from "./reproduce/recipes.js";
export { writeReproduction } from "./reproduce/report.js";
export { type Table, tableMarkdown } from "./reproduce/tables.js";
export { type ConfigRequest, defaultPreset, resolveConfig } from "./resolve.js";
export { createRunFolder, openRunFolder, type RunFolder, timeStamp } from "./runFolder.js";
export { type LogEntry, openLog, readLog } from "./runLog.js";
export { version } from "./version.js";
export { writeAtomic } from "./writeAtomic.js";
