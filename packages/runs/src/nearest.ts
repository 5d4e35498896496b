// Whether a run copies: the training picture that is most like each of its samples.
import type { NearestOptions, NearestPictures } from "@imagefn/metrics";
import { type EvaluateRunOptions, samplesOf } from "./evaluate.js";
import type { Trained } from "./sampling/trained.js";
import { trainingSets } from "./trainingImages.js";

/** Which samples of a run are looked at, among which pictures, and how. Omitted options come from the run's configuration. */
export interface NearestRunOptions
  extends Omit<NearestOptions, "samples" | "training" | "heldOut" | "mirrored" | "engine">,
    Pick<EvaluateRunOptions, "reference" | "data" | "ema" | "seed" | "engine"> {}

/**
 * Finds the training picture that is most like each sample of a run, beside what the held-out pictures have. Training pictures
 * are looked at mirrored too where the run trains on them so (`data.flip`).
 *
 * @param run its folder, or the opened run; `ema` is then that of the opened one
 * @throws ImagefnError as `openTrained` and `nearestPictures` of @imagefn/metrics do
 */
export async function nearestOfRun(
  run: string | Trained,
  { reference, data, ema, engine: name, seed, ...options }: NearestRunOptions = {},
): Promise<NearestPictures> {
  const { trained, ...request } = await samplesOf(run, { ema, engine: name, seed, ...options });
  // Loaded on use: metrics bring native libraries.
  const { nearestPictures } = await import("@imagefn/metrics");
  const { seed: _, ...made } = request;
  return nearestPictures({
    ...options,
    ...made,
    ...(await trainingSets(reference ?? trained.run.config, { ...options, data })),
  });
}
