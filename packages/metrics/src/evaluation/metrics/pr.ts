// Precision and recall of the samples.
import { ImagefnError } from "@imagefn/base";
import { precisionRecall } from "../../precisionRecall.js";
import { inception } from "../networks.js";
import { byNeighbours } from "./neighbours.js";
import type { FeatureMetricRecord } from "./record.js";

const K = 3;

/** Precision and recall over a network. */
export const manifolds = byNeighbours({
  name: "precision-recall",
  title: "precision, recall",
  k: K,
  metrics: ["precision", "recall"],
  check(real, samples) {
    if (Math.min(real, samples) <= K)
      throw new ImagefnError(
        "invalid-data",
        `metrics: they need more than ${K} images of each set (got ${samples} and ${real})`,
      );
  },
  compute: precisionRecall,
});

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
