// CMMD, over CLIP in an ONNX file.
import { clipMmd } from "../../cmmd.js";
import { onnxFile } from "../networks.js";
import type { FeatureMeasure, FeatureMetricRecord } from "./record.js";

const discrepancy = {
  name: "cmmd",
  title: "CMMD",
  reads: { samples: ["pool"], reference: ["pool"] },
  async findings({ samples, other, engine, settings, suffix }) {
    return [
      {
        metric: `CMMD${suffix}`,
        value: await clipMmd(samples.kept.pool!, other!.kept.pool!, { engine }),
        n: samples.count,
        reference: other!.count,
        settings: { ...settings, sigma: 10, scale: 1000 },
      },
    ];
  },
} as const satisfies FeatureMeasure;

export const cmmd = {
  kind: "features",
  name: "cmmd",
  title: "CMMD",
  description:
    "1,000 MMD^2 of embeddings of unit length, Gaussian kernel of width 10; meant for CLIP ViT-L/14 at 336 pixels",
  agrees: "google-research's cmmd in numpy: 9 digits for the same embeddings",
  onRequest: true,
  needs: onnxFile.needs,
  network: onnxFile,
  measures: [discrepancy],
} as const satisfies FeatureMetricRecord;
