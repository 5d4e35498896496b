// Precision and recall of the samples.
import { ImagefnError } from "@imagefn/base";
import { firstRows } from "../../features.js";
import { precisionRecall } from "../../precisionRecall.js";
import { inception } from "../networks.js";
import type { FeatureMeasure, FeatureMetricRecord } from "./record.js";

/** Reference images at most, as guided-diffusion takes them. */
const MOST = 10_000;
const K = 3;

/** Precision and recall over a network. */
export const manifolds = {
  name: "precision-recall",
  title: "precision, recall",
  reads: { samples: ["pool"], reference: ["pool"] },
  async findings({ samples, other, engine, settings, suffix }) {
    const real = firstRows(other!.kept.pool!, MOST);
    if (Math.min(real.shape[0], samples.count) <= K)
      throw new ImagefnError(
        "invalid-data",
        `metrics: they need more than ${K} images of each set (got ${samples.count} and ${real.shape[0]})`,
      );
    const both = await precisionRecall(real, samples.kept.pool!, { k: K, engine });
    return (["precision", "recall"] as const).map((metric) => ({
      metric: `${metric}${suffix}`,
      value: both[metric],
      n: samples.count,
      reference: real.shape[0],
      settings: { ...settings, k: K },
    }));
  },
} as const satisfies FeatureMeasure;

export const pr = {
  kind: "features",
  name: "pr",
  title: "precision, recall",
  description: "share of each set inside the balls of the other to the k-th neighbour, k = 3",
  agrees: "guided-diffusion, which rounds to 16 or 32 bits: every image, but for its rounding",
  needs: inception.needs,
  network: inception,
  measures: [manifolds],
} as const satisfies FeatureMetricRecord;
