// The distance that needs no download: colour and texture by fixed random filters.
import { randomConvolutions as network } from "../networks.js";
import { frechet } from "./fid.js";
import type { FeatureMetricRecord } from "./record.js";

export const randomConvolutions = {
  kind: "features",
  name: "random-conv",
  title: "Frechet distance (random convolutions)",
  label: "Frechet distance (random convolutions)",
  description:
    "Frechet distance of 48 statistics of colour and texture over fixed random filters: shows gross differences, does not " +
    "see what is in a picture, not for comparing good models; 49 images or more",
  agrees: "no published number, and only itself of the same version",
  network,
  measures: [frechet("frechet", "pool")],
} as const satisfies FeatureMetricRecord;
