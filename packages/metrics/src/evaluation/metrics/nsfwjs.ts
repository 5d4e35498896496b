// Distances over the Inception of nsfwjs, which npm installs: where the weights of FID's network are not at hand.
import { nsfwjs as network } from "../networks.js";
import { densities } from "./dc.js";
import { frechet } from "./fid.js";
import { kernel } from "./kid.js";
import { manifolds } from "./pr.js";
import type { FeatureMetricRecord } from "./record.js";

export const nsfwjs = {
  kind: "features",
  name: "nsfwjs",
  title: "Frechet distance, precision, recall, density, coverage, kernel distance (nsfwjs Inception)",
  label: "Frechet distance (nsfwjs Inception)",
  description: "the same over another Inception, which the names say; never FID",
  agrees: "no published number",
  needs: network.needs,
  network,
  measures: [frechet("frechet", "pool"), manifolds, densities, kernel],
} as const satisfies FeatureMetricRecord;
