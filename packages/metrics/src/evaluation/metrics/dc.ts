// Density and coverage of the samples.
import { ImagefnError } from "@imagefn/base";
import { densityCoverage } from "../../densityCoverage.js";
import { firstRows } from "../../features.js";
import { inception } from "../networks.js";
import type { FeatureMeasure, FeatureMetricRecord } from "./record.js";

/** Reference images at most, as for precision and recall. */
const MOST = 10_000;
const K = 5;

/** Density and coverage over a network. */
export const densities = {
  name: "density-coverage",
  title: "density, coverage",
  reads: { samples: ["pool"], reference: ["pool"] },
  async findings({ samples, other, engine, settings, suffix }) {
    const real = firstRows(other!.kept.pool!, MOST);
    if (real.shape[0] <= K)
      throw new ImagefnError(
        "invalid-data",
        `metrics: they need more than ${K} images of the reference (got ${real.shape[0]})`,
      );
    const both = await densityCoverage(real, samples.kept.pool!, { k: K, engine });
    return (["density", "coverage"] as const).map((metric) => ({
      metric: `${metric}${suffix}`,
      value: both[metric],
      n: samples.count,
      reference: real.shape[0],
      settings: { ...settings, k: K },
    }));
  },
} as const satisfies FeatureMeasure;

export const dc = {
  kind: "features",
  name: "dc",
  title: "density, coverage",
  description:
    "samples in balls of the reference to the k-th neighbour, and share of the balls that hold one, k = 5",
  agrees: "prdc's definition, with a full table of distances: every image",
  needs: inception.needs,
  network: inception,
  measures: [densities],
} as const satisfies FeatureMetricRecord;
