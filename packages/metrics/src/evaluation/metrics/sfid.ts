// sFID: the Frechet distance of an early spatial map.
import { inception } from "../networks.js";
import { frechet } from "./fid.js";
import type { FeatureMetricRecord } from "./record.js";

export const sfid = {
  kind: "features",
  name: "sfid",
  title: "sFID",
  description: "Frechet distance of 7 channels of `mixed_6/conv`, 17 x 17",
  agrees: "guided-diffusion: 9 digits for the same statistics",
  needs: inception.needs,
  network: inception,
  measures: [frechet("spatial", "spatial")],
} as const satisfies FeatureMetricRecord;
