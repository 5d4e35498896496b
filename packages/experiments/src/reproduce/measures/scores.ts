// Scores of generated images: the paper's metrics where their weights are installed, and the same over nsfwjs's Inception.
import {
  type FeatureMetric,
  type Finding,
  featureFindings,
  isMissing,
  pictureFindings,
} from "@imagefn/metrics";
import type { Measure } from "../experiment.js";
import { measurements } from "../lab.js";
import { ours, type Score } from "../measured.js";
import { iqaScores } from "../published.js";
import { referenceOf } from "../references.js";
import { sampleSource } from "../samples.js";

/** Images per second through Inception on 2 cores. */
const INCEPTION_RATE = 5;

/** FID, sFID, IS, precision and recall; Fréchet distance, precision and recall over nsfwjs. */
export const qualityMeasure: Measure = {
  name: "quality",
  seconds: ({ count }) => 4 + count / INCEPTION_RATE,
  async measure(subject, lab) {
    const { contender, config } = subject;
    const side = contender.size ?? config.data.size;
    const scores: Record<string, Score> = {};
    for (const { name, ready } of await lab.networks()) {
      const names = name === "inception" ? inceptionNames : nsfwjsNames;
      if (typeof ready === "string") {
        for (const score of Object.values(names)) scores[score] = { missing: brief(ready) };
        continue;
      }
      const { count, engine } = lab;
      const about = {
        side,
        steps: contender.steps ?? 1,
        count,
        scale: lab.scale,
        network: ready.network.name,
      };
      const findings = await lab.cached(measurements(subject), name, about, async () => {
        const reference = await referenceOf(lab, config, side, ready);
        const metrics: FeatureMetric[] =
          name === "inception"
            ? ["frechet", "spatial", "score", "precision-recall"]
            : ["frechet", "precision-recall"];
        const samples = await sampleSource(engine, subject);
        const onProgress = (phase: string, step: number, total: number) =>
          lab.progress({ phase: `${contender.label}: ${phase}`, step, total, unit: "images" });
        const request = { engine, ready, metrics, samples, count, reference, seed: config.seed, onProgress };
        return (await featureFindings(request)).findings;
      });
      for (const [metric, score] of Object.entries(names)) scores[score] = scoreOf(findings, metric);
    }
    return { scores };
  },
};

/** Names of findings, and their names in tables. */
const inceptionNames: Readonly<Record<string, string>> = {
  FID: "FID",
  sFID: "sFID",
  "Inception Score": "IS",
  precision: "precision",
  recall: "recall",
};
const nsfwjsNames: Readonly<Record<string, string>> = {
  "Frechet distance (nsfwjs Inception)": ours.frechet,
  "precision (nsfwjs Inception)": ours.precision,
  "recall (nsfwjs Inception)": ours.recall,
};

/** NIQE, CLIPIQA, MUSIQ and MANIQA, which need no reference. */
export const iqaMeasure: Measure = {
  name: "image quality",
  seconds: () => 1,
  async measure(subject, lab) {
    const { engine, threads, count, weights: folders } = lab;
    const scores: Record<string, Score> = {};
    for (const name of iqaScores) {
      const metric = name.toLowerCase() as "niqe" | "clipiqa" | "musiq" | "maniqa";
      const find = async () =>
        pictureFindings({
          engine,
          threads,
          metrics: [metric],
          samples: await sampleSource(engine, subject),
          count,
          folders,
          onProgress: (phase, step, total) => lab.progress({ phase, step, total, unit: "images" }),
        });
      // Weights may be installed later, so only values are kept.
      const [finding] = await kept(() =>
        lab.cached(measurements(subject), metric, { count }, () => valid(find)),
      );
      scores[name] = toScore(finding);
    }
    return { scores };
  },
};

/** Missing findings bypass the cache as an exception. */
class NotThere extends Error {
  constructor(readonly findings: readonly Finding[]) {
    super("not there");
  }
}

async function valid(find: () => Promise<Finding[]>): Promise<Finding[]> {
  const findings = await find();
  if (findings.some(isMissing)) throw new NotThere(findings);
  return findings;
}

const kept = (find: () => Promise<Finding[]>): Promise<readonly Finding[]> =>
  find().catch((error) => {
    if (error instanceof NotThere) return error.findings;
    throw error;
  });

const scoreOf = (findings: readonly Finding[], metric: string): Score =>
  toScore(findings.find((finding) => finding.metric === metric) ?? { metric, reason: "unavailable" });

/** A reason without the folders of this machine. */
const brief = (reason: string): string => reason.split("; looked in")[0];

function toScore(finding: Finding): Score {
  if (isMissing(finding)) return { missing: brief(finding.reason) };
  const { value, std, n, reference } = finding;
  return {
    value,
    n,
    ...(std === undefined ? {} : { std }),
    ...(reference === undefined ? {} : { reference }),
  };
}
