// `imagefn evaluate`: measures samples of a run, or any images, and prints the numbers and writes a report.
import { dirname, join } from "node:path";
import { makeFolder, quoted, writeAtomic } from "@imagefn/base";
import {
  type Evaluation,
  evaluate,
  evaluateSaved,
  isMeasured,
  mergeStatistics,
  openFeatures,
  saveStatistics,
} from "@imagefn/metrics";
import {
  engineOf,
  evaluateRun,
  evaluationPath,
  type ProgressWriter,
  referenceImages,
  version,
} from "@imagefn/runs";
import { reportError, UsageError, UserError } from "../errors.js";
import { documentOf, findingsText, withFlags } from "../findingsText.js";
import { filesOf } from "../glob.js";
import { cleanInterrupt } from "../interrupt.js";
import { networkOf } from "../networkOf.js";
import type { EvaluateOptions } from "../options/evaluateFlags.js";
import { jsonText, type Print } from "../output.js";
import { createProgress } from "../progress.js";
import { placeOf } from "../shippedRun.js";
import { type WrittenNearest, writeNearest } from "./evaluateNearest.js";
import { saveShard } from "./evaluateShard.js";

export async function run(given: EvaluateOptions, print: Print): Promise<object> {
  cleanInterrupt();
  const place = given.samples === undefined ? undefined : placeOf(given.samples);
  const options = { ...given, samples: place?.path };
  checkReference(options);
  const progress = createProgress();
  if (options.samples !== undefined && (options.shard || options.saveFeatures !== undefined))
    return saveShard({ ...options, samples: checkedSamples(options.samples) }, progress, print);
  if (options.samples !== undefined) checkedSamples(options.samples);
  const nearest =
    options.nearest === undefined
      ? undefined
      : await writeNearest({ ...options, nearest: options.nearest }, progress);
  // A page alone measures nothing else.
  const evaluation =
    nearest && options.metrics === undefined
      ? nearest.evaluation
      : withNearest(await measure(options, progress), nearest);
  progress.done();
  print(`${findingsText(evaluation.findings)}\n`);
  const { statistics: _, findings, ...about } = evaluation;
  const { samples } = options;
  // Nothing is written into an installed package.
  const ofRun = samples !== undefined && place?.folder === undefined && evaluationPath(samples) === "run";
  const path = options.report ?? (ofRun ? join(samples, "metrics.json") : undefined);
  if (path !== undefined) {
    const report = { imagefn: version, ...about, findings: withFlags(findings) };
    makeFolder(dirname(path));
    await writeAtomic(path, jsonText(report));
    progress.message(`report: ${quoted(path)}`);
  }
  if (options.saveStats !== undefined) await save(options.saveStats, evaluation, progress);
  // Without a reference, the statistics that were saved are all that was asked for.
  const saved = options.saveStats !== undefined && evaluation.reference === undefined;
  if (!saved && !evaluation.findings.some(isMeasured))
    process.exitCode = reportError(
      new UserError("no metric could be measured; the reasons are listed above."),
    );
  return {
    imagefn: version,
    ...about,
    findings: documentOf(findings),
    ...(nearest ? { nearest: nearest.path } : {}),
    report: path ?? null,
    statistics: options.saveStats ?? null,
  };
}

/** The findings of an evaluation with those of the nearest training images. */
const withNearest = (evaluation: Evaluation, nearest: WrittenNearest | undefined): Evaluation =>
  nearest
    ? { ...evaluation, findings: [...evaluation.findings, ...nearest.evaluation.findings] }
    : evaluation;

function checkReference({ samples, guidance, against, heldOut, data }: EvaluateOptions): void {
  if (guidance !== undefined && samples !== undefined && evaluationPath(samples) !== "run")
    throw new UsageError(`--guidance requires a run, whose samples are guided (got ${quoted(samples)}).`);
  if (heldOut && against !== undefined && ["folder", "npz"].includes(evaluationPath(against)))
    throw new UsageError(
      `--held-out requires a run, a preset or a YAML file as the reference (got ${quoted(against)}).`,
    );
  if (against === undefined && data !== undefined)
    throw new UsageError("--data requires --against PRESET: it is the folder of that preset's images.");
}

async function measure(
  { samples, features, merge, against, skipUnmatched, network, networkSet, ...options }: EvaluateOptions,
  { update: onProgress, message: onMessage }: ProgressWriter,
): Promise<Evaluation> {
  const unmatched = skipUnmatched ? ("ignore" as const) : undefined;
  const request = {
    ...options,
    unmatched,
    network: networkOf({ network, networkSet }),
    onProgress,
    onMessage,
  };
  if (samples !== undefined && evaluationPath(samples) === "run")
    return evaluateRun(samples, { ...request, reference: against });
  // Before the reference is prepared, which may take long.
  const saved = features
    ? openFeatures(filesOf("--features", features))
    : merge && mergeStatistics(filesOf("--merge", merge));
  const reference = against === undefined ? undefined : await referenceImages(against, request);
  const { engine: name = "auto", threads = 0 } = options;
  const engine = await engineOf({ engine: { name, threads } });
  if (saved) return evaluateSaved(saved, { ...request, reference, engine });
  return evaluate({ ...request, samples: samples!, reference, engine });
}

/** @throws UserError for a path where no samples are */
function checkedSamples(samples: string): string {
  if (evaluationPath(samples) === "configuration")
    throw new UserError(
      `${quoted(samples)} contains no samples: expected a run folder, a folder of images, or a .npz file with arr_0.`,
    );
  return samples;
}

async function save(path: string, { statistics }: Evaluation, progress: ProgressWriter): Promise<void> {
  if (!statistics)
    throw new UserError(
      `--save-stats ${quoted(path)}: there are no statistics to save: no feature network processed images of the ` +
        "reference. See `imagefn weights`.",
    );
  makeFolder(dirname(path));
  await saveStatistics(path, statistics);
  progress.message(`statistics of the ${statistics.note.network}: ${quoted(path)}`);
}
