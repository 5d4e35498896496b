// Distances over any network in an ONNX file.
import { onnxFile } from "../networks.js";
import { densities } from "./dc.js";
import { frechet } from "./fid.js";
import { kernel } from "./kid.js";
import { manifolds } from "./pr.js";
import type { FeatureMetricRecord } from "./record.js";

export const network = {
  kind: "features",
  name: "network",
  title: "Frechet distance, precision, recall, density, coverage, kernel distance (ONNX network)",
  label: "Frechet distance (ONNX network)",
  description:
    "the same over a network of your own, which the names say with its file's checksum: over DINOv2 the distance is FD-DINOv2",
  agrees: "as the metrics above, for the same features",
  onRequest: true,
  needs: onnxFile.needs,
  network: onnxFile,
  measures: [frechet("frechet", "pool"), manifolds, densities, kernel],
} as const satisfies FeatureMetricRecord;
