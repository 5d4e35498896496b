// Density and coverage of the samples.
import { ImagefnError } from "@imagefn/base";
import { densityCoverage } from "../../densityCoverage.js";
import { inception } from "../networks.js";
import { byNeighbours } from "./neighbours.js";
import type { FeatureMetricRecord } from "./record.js";

const K = 5;

/** Density and coverage over a network. */
export const densities = byNeighbours({
  name: "density-coverage",
  title: "density, coverage",
  k: K,
  metrics: ["density", "coverage"],
  check(real) {
    if (real <= K)
      throw new ImagefnError(
        "invalid-data",
        `metrics: they need more than ${K} images of the reference (got ${real})`,
      );
  },
  compute: densityCoverage,
});

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
