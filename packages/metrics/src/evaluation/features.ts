// The metrics over a feature network: Frechet distances, Inception Score, precision and recall, kernel distance.

import type { Engine } from "@imagefn/ops";
import type { Features } from "../features.js";
import { frechetDistance } from "../frechet.js";
import { classProbabilities, inceptionScore } from "../inceptionScore.js";
import { kernelDistance } from "../kernelDistance.js";
import { frechetName } from "../networks/network.js";
import { precisionRecall } from "../precisionRecall.js";
import { type Extracted, extract } from "./extract.js";
import type { ReadyNetwork } from "./networks.js";
import type { Finding } from "./report.js";
import type { SavedStatistics } from "./savedStatistics.js";
import type { ImageSource } from "./sources.js";

/** What samples are compared with: images, statistics, or both as in guided-diffusion's files. */
export interface Reference {
  readonly images?: ImageSource;
  /** How many of the images. */
  readonly count: number;
  readonly statistics?: SavedStatistics;
  /** Their features over the network in question, where they are known from before. */
  readonly extracted?: Extracted;
}

export type FeatureMetric = "frechet" | "spatial" | "score" | "precision-recall" | "kernel";

export interface FeatureRequest {
  readonly engine: Engine;
  readonly ready: ReadyNetwork;
  readonly metrics: readonly FeatureMetric[];
  readonly samples: ImageSource;
  readonly count: number;
  readonly reference?: Reference;
  readonly seed: number;
  readonly onProgress: (what: string, done: number, total: number) => void;
}

/** Real images that precision and recall take, and images in a subset of the kernel distance. */
const MANIFOLD = 10_000;
const SUBSET = 1000;

/** The findings, and the statistics of both sides for whoever wants to keep them. */
export async function featureFindings(
  request: FeatureRequest,
): Promise<{ findings: Finding[]; samples: Extracted; reference?: Extracted }> {
  const { engine, ready, metrics, samples: source, count, reference, seed, onProgress } = request;
  const { network } = ready;
  const inception = network.name === "Inception-2015";
  const settings = { network: network.name, resize: network.resize, weights: ready.weights };
  const suffix = inception ? "" : ` (${network.name})`;
  const wants = (metric: FeatureMetric) => metrics.includes(metric);
  const pool = wants("precision-recall") || wants("kernel");
  const spatial = wants("spatial") ? (["spatial"] as const) : [];

  const samples = await extract(
    engine,
    network,
    source,
    count,
    {
      statistics: ["pool", ...spatial],
      kept: [...(pool ? (["pool"] as const) : []), ...(wants("score") ? (["logits"] as const) : [])],
    },
    (done) => onProgress(`${network.name}, samples`, done, count),
  );
  const known = reference?.statistics;
  const fitting = (known?.note.network ?? "Inception-2015") === network.name ? known : undefined;
  const images = reference?.images;
  const other =
    reference?.extracted ??
    (images && (!fitting || pool)
      ? await extract(
          engine,
          network,
          images,
          reference.count,
          { statistics: fitting ? [] : ["pool", ...spatial], kept: pool ? ["pool"] : [] },
          (done) => onProgress(`${network.name}, reference`, done, reference.count),
        )
      : undefined);

  const findings: Finding[] = [];
  const frechet = (feature: "pool" | "spatial") => {
    const metric = frechetName(network, feature);
    const saved = fitting?.[feature];
    const real = saved ?? other?.statistics[feature];
    const own = samples.statistics[feature];
    if (!real || !own) {
      findings.push({ metric, reason: unavailable(reference, network.name, feature) });
      return;
    }
    findings.push({
      metric,
      value: frechetDistance(own, real),
      n: samples.count,
      ...(saved ? counted(fitting?.note.count) : { reference: other!.count }),
      settings: saved
        ? { ...settings, statistics: fitting?.path, statisticsResize: fitting?.note.resize ?? "unknown" }
        : settings,
    });
  };
  if (wants("frechet")) frechet("pool");
  if (wants("spatial")) frechet("spatial");
  if (wants("score")) {
    const { mean, std } = inceptionScore(classProbabilities(samples.kept.logits!));
    findings.push({
      metric: "Inception Score",
      value: mean,
      std,
      n: samples.count,
      settings: { ...settings, splitSize: 5000 },
    });
  }
  if (pool && !other?.kept.pool)
    findings.push({
      metric: `precision, recall, kernel distance${suffix}`,
      reason: reference
        ? "unavailable: they compare images, and the reference is a file of statistics"
        : noReference,
    });
  if (wants("precision-recall") && other?.kept.pool) {
    const real = first(other.kept.pool, MANIFOLD);
    onProgress("precision and recall", 0, 1);
    const both = await precisionRecall(real, samples.kept.pool!, { engine });
    for (const metric of ["precision", "recall"] as const)
      findings.push({
        metric: `${metric}${suffix}`,
        value: both[metric],
        n: samples.count,
        reference: real.shape[0],
        settings: { ...settings, k: 3 },
      });
  }
  if (wants("kernel") && other?.kept.pool) {
    // Subsets of all there is would all be the same, with no spread to tell.
    const fewest = Math.min(samples.count, other.count);
    const subsetSize = fewest > SUBSET ? SUBSET : Math.max(2, Math.floor(fewest / 2));
    onProgress("kernel distance", 0, 1);
    const { mean, std } = await kernelDistance(samples.kept.pool!, other.kept.pool, {
      engine,
      subsetSize,
      seed,
    });
    findings.push({
      metric: inception ? "KID" : `kernel distance${suffix}`,
      value: mean,
      std,
      n: samples.count,
      reference: other.count,
      settings: { ...settings, subsets: 100, subsetSize },
    });
  }
  return { findings, samples, reference: other };
}

const noReference = "unavailable: nothing to compare with (--against)";

const counted = (count: number | undefined) => (count === undefined ? {} : { reference: count });

function unavailable(reference: Reference | undefined, network: string, feature: string): string {
  if (!reference) return noReference;
  const { statistics } = reference;
  if (!statistics) return "unavailable: there are too few images";
  const of = statistics.note.network ?? "Inception-2015";
  return of === network
    ? `unavailable: ${statistics.path} holds no ${feature} statistics`
    : `unavailable: ${statistics.path} holds statistics of ${of}, not of ${network}`;
}

const first = ({ shape: [count, dims], data }: Features, n: number): Features => ({
  shape: [Math.min(n, count), dims],
  data: data.subarray(0, Math.min(n, count) * dims),
});
