// What samples drift by at the end of training: the features of a network, with its weight file.
import { ImagefnError } from "@imagefn/base";
import type { DriftFeatures } from "@imagefn/consistency";
import type { LpipsNetwork } from "@imagefn/metrics";
import { trunks } from "./distances.js";

/** What features can be made from. */
export interface DriftContext {
  /** Folders to look for weight files in first. */
  readonly weights: readonly string[];
  readonly train: { readonly drift: LpipsNetwork | null };
}

/** The features as configured; null where samples do not drift. @throws ImagefnError `missing-weights` */
export async function driftOf({
  weights: folders,
  train: { drift },
}: DriftContext): Promise<DriftFeatures | null> {
  if (drift === null) return null;
  // Loaded on use: metrics bring native libraries, and other runs do not need them.
  const { findWeights, frozen, missingWeights, readWeights, tapStatistics, tapWeights } = await import(
    "@imagefn/metrics"
  );
  const name = trunks[drift];
  const found = await findWeights(name, { folders });
  if (found.path === undefined)
    throw new ImagefnError(
      "missing-weights",
      `train.drift is ${drift}, which is ${missingWeights(found)} With train.drift null no weights are needed.`,
      { field: "train.drift", weights: name },
    );
  const params = frozen(tapWeights(drift, await readWeights(found.path)));
  return (images) => tapStatistics(params, images, drift);
}
