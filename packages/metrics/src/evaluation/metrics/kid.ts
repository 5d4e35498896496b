// KID, and the kernel distance over any network.
import { ImagefnError } from "@imagefn/base";
import { kernelDistance } from "../../kernelDistance.js";
import { inception } from "../networks.js";
import type { FeatureMeasure, FeatureMetricRecord } from "./record.js";

/** Images in a subset. */
const SUBSET = 1000;
const SUBSETS = 100;

/** The kernel distance over a network. */
export const kernel = {
  name: "kernel",
  title: "kernel distance",
  reads: { samples: ["pool"], reference: ["pool"] },
  async findings({ samples, other, engine, seed, settings, suffix }) {
    // Subsets that hold every image would all be the same, with no spread to tell.
    const fewest = Math.min(samples.count, other!.count);
    if (fewest < 2)
      throw new ImagefnError(
        "invalid-data",
        `metrics: it needs two images or more of each set (got ${samples.count} and ${other!.count})`,
      );
    const subsetSize = fewest > SUBSET ? SUBSET : Math.max(2, Math.floor(fewest / 2));
    const { mean, std } = await kernelDistance(samples.kept.pool!, other!.kept.pool!, {
      engine,
      subsets: SUBSETS,
      subsetSize,
      seed,
    });
    return [
      {
        metric: suffix === "" ? "KID" : `kernel distance${suffix}`,
        value: mean,
        std,
        n: samples.count,
        reference: other!.count,
        settings: { ...settings, subsets: SUBSETS, subsetSize },
      },
    ];
  },
} as const satisfies FeatureMeasure;

export const kid = {
  kind: "features",
  name: "kid",
  title: "KID (kernel distance)",
  description: "unbiased MMD^2 with the kernel (x y / dims + 1)^3, 100 subsets of 1,000",
  agrees: "torch-fidelity: 9 digits for the same subsets, which are random",
  needs: inception.needs,
  network: inception,
  measures: [kernel],
} as const satisfies FeatureMetricRecord;
