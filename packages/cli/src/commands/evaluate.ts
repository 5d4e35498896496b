// `imagefn evaluate`: measures samples of a run, or any images, and prints the numbers and writes a report.
import { dirname, join } from "node:path";
import { makeFolder, quoted, writeAtomic } from "@imagefn/base";
import { type Evaluation, evaluate, isMeasured, pairMetrics, saveStatistics } from "@imagefn/metrics";
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
import { cleanInterrupt } from "../interrupt.js";
import type { EvaluateOptions } from "../options/evaluate.js";
import { jsonText, type Print } from "../output.js";
import { createProgress } from "../progress.js";

export async function run(options: EvaluateOptions, print: Print): Promise<object> {
  cleanInterrupt();
  checkFlags(options);
  const progress = createProgress();
  const evaluation = await measure(options, progress);
  progress.done();
  print(`${findingsText(evaluation.findings)}\n`);
  const { statistics: _, findings, ...about } = evaluation;
  const ofRun = evaluationPath(options.samples) === "run";
  const path = options.report ?? (ofRun ? join(options.samples, "metrics.json") : undefined);
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
    report: path ?? null,
    statistics: options.saveStats ?? null,
  };
}

function checkFlags({ against, heldOut, data, skipUnmatched, metrics = [] }: EvaluateOptions): void {
  if (skipUnmatched && !metrics.some((name) => pairMetrics.includes(name)))
    throw new UsageError(
      `--skip-unmatched belongs to metrics of pairs. Name one in --metrics: ${pairMetrics.join(", ")}.`,
    );
  if (heldOut && against !== undefined && ["folder", "npz"].includes(evaluationPath(against)))
    throw new UsageError(
      `--held-out requires a run, a preset or a YAML file as the reference (got ${quoted(against)}).`,
    );
  if (against === undefined && data !== undefined)
    throw new UsageError("--data requires --against PRESET: it is the folder of that preset's images.");
}

async function measure(
  { samples, against, skipUnmatched, ...options }: EvaluateOptions,
  { update: onProgress, message: onMessage }: ProgressWriter,
): Promise<Evaluation> {
  const unmatched = skipUnmatched ? ("ignore" as const) : undefined;
  const request = { ...options, unmatched, onProgress, onMessage };
  switch (evaluationPath(samples)) {
    case "run":
      return evaluateRun(samples, { ...request, reference: against });
    case "configuration":
      throw new UserError(
        `${quoted(samples)} contains no samples: expected a run folder, a folder of images, or a .npz file with arr_0.`,
      );
    default: {
      const reference = against === undefined ? undefined : await referenceImages(against, request);
      const { engine: name = "auto", threads = 0 } = options;
      const engine = await engineOf({ engine: { name, threads } });
      return evaluate({ ...request, samples, reference, engine });
    }
  }
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
