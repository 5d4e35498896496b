// `imagefn evaluate --nearest`: each sample beside the training image that is most like it, as a page or a picture.
import { dirname } from "node:path";
import { makeFolder, quoted, writeAtomic } from "@imagefn/base";
import {
  type Evaluation,
  type NearestPictures,
  nearestPage,
  nearestPictures,
  nearestSheet,
} from "@imagefn/metrics";
import { engineOf, evaluationPath, nearestOfRun, type ProgressWriter, trainingSets } from "@imagefn/runs";
import { UsageError } from "../errors.js";
import { networkOf } from "../networkOf.js";
import type { EvaluateOptions } from "../options/evaluateFlags.js";

/** What was written. */
export interface WrittenNearest {
  readonly path: string;
  /** The mean likenesses as an evaluation that measures nothing else. */
  readonly evaluation: Evaluation;
}

/** Looks for the samples in the training images, and writes the pairs. */
export async function writeNearest(
  options: EvaluateOptions & { nearest: string },
  progress: ProgressWriter,
): Promise<WrittenNearest> {
  const { nearest: path } = options;
  const found = await search(options, progress);
  const png = path.toLowerCase().endsWith(".png");
  makeFolder(dirname(path));
  await writeAtomic(path, png ? await nearestSheet(found) : await nearestPage(found));
  progress.message(found.verdict);
  progress.message(`nearest training images: ${quoted(path)}`);
  const { training: reference, ...about } = found.about;
  const { seed = about.samples.seed } = options;
  return {
    path,
    evaluation: { ...about, reference, seed: typeof seed === "number" ? seed : 0, findings: found.findings },
  };
}

async function search(
  { samples = "", against, network, networkSet, heldOut: _, ...options }: EvaluateOptions,
  { update: onProgress, message: onMessage }: ProgressWriter,
): Promise<NearestPictures> {
  const request = { ...options, network: networkOf({ network, networkSet }), onProgress, onMessage };
  if (evaluationPath(samples) === "run") return nearestOfRun(samples, { ...request, reference: against });
  if (against === undefined)
    throw new UsageError(
      "--nearest requires --against for images that are not of a run: the folder, preset or run of the training images.",
    );
  const { engine: name = "auto", threads = 0 } = options;
  const engine = await engineOf({ engine: { name, threads } });
  return nearestPictures({ ...request, samples, engine, ...(await trainingSets(against, request)) });
}
