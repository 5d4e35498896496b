// The Inception Score of the samples.
import { classProbabilities, inceptionScore } from "../../inceptionScore.js";
import { inception } from "../networks.js";
import type { FeatureMeasure, FeatureMetricRecord } from "./record.js";

const SPLIT = 5000;

const score = {
  name: "score",
  title: "Inception Score",
  reads: { samples: ["logits"] },
  async findings({ samples, settings }) {
    const { mean, std } = inceptionScore(classProbabilities(samples.kept.logits!), { splitSize: SPLIT });
    return [
      {
        metric: "Inception Score",
        value: mean,
        std,
        n: samples.count,
        settings: { ...settings, splitSize: SPLIT },
      },
    ];
  },
} as const satisfies FeatureMeasure;

export const is = {
  kind: "features",
  name: "is",
  title: "Inception Score",
  description: "exp KL(p(y given x), p(y)) over splits of 5,000, 1,008 classes",
  agrees: "guided-diffusion; improved-gan with `splits: 10`: 7 digits or more",
  needs: inception.needs,
  network: inception,
  measures: [score],
} as const satisfies FeatureMetricRecord;
