// The features of a shard of the samples, for an evaluation of all of them together.
import { ImagefnError, machineOf, type Shard } from "@imagefn/base";
import type { Features } from "../features.js";
import { defaultMetrics, type MetricName } from "../names.js";
import type { Feature } from "../networks/network.js";
import { featureStatistics } from "../statistics.js";
import { chosenEngine } from "./chosenEngine.js";
import { extract } from "./extract.js";
import { failed, sharedCallback, sharedSource } from "./failure.js";
import type { Missing } from "./finding.js";
import { metrics as records } from "./metrics/list.js";
import type { FeatureMetricRecord } from "./metrics/record.js";
import { labelOf, networksOf } from "./networkFindings.js";
import type { ReadyNetwork } from "./networks.js";
import { openImages } from "./openImages.js";
import { askedMetrics, checkOptions, type EvaluateOptions, givenNetwork } from "./options.js";
import type { UsedNetwork } from "./savedSamples.js";
import type { Statistics } from "./savedStatistics.js";
import { pickImages, shardNumbers } from "./shardImages.js";
import type { ShardNote } from "./shardNote.js";
import { abortable } from "./source.js";

/** Which samples, which share of them, and for which metrics: by default those of `defaultMetrics` that are over features. */
export interface ShardOptions extends Omit<EvaluateOptions, "reference" | "referenceCount" | "unmatched"> {
  /** The share; all samples by default. `count` is of all shares together. */
  readonly shard?: Shard;
}

/** Features of a shard over one network. */
export interface NetworkFeatures extends UsedNetwork {
  /** [images of the shard, length] of each feature. */
  readonly values: Readonly<Partial<Record<Feature, Features>>>;
}

/** Features of a shard, for `saveFeatures`, or `shardStatistics` and `saveStatistics`. */
export interface ShardFeatures {
  readonly note: ShardNote;
  readonly networks: readonly NetworkFeatures[];
  /** The networks that could not run, by their metrics, and why. */
  readonly missing: readonly Missing[];
}

/**
 * Runs a share of the samples through the networks of metrics. Blocks of 16 samples are dealt to the shares in turn, so
 * that every process computes what one alone would, bit for bit with equal engines, threads and processors.
 * Memory: the features, 20 KB an image over Inception-2015.
 * @throws ImagefnError `invalid-option` for a shard that is none or gets nothing, or a metric that is not over features;
 *   and as `evaluate` does
 */
export async function shardFeatures(options: ShardOptions): Promise<ShardFeatures> {
  checkOptions(options);
  const { weights = [], seed = 0, threads = 0, signal, shard = { index: 1, of: 1 } } = options;
  signal?.throwIfAborted();
  const wanted = askedMetrics({ ...options, metrics: overFeatures(options.metrics) });
  const own = await givenNetwork(options);
  const samples = abortable(await openImages("samples", options.samples), signal);
  const count = Math.min(options.count ?? 50_000, samples.count);
  const numbers = shardNumbers(count, shard);
  const { engine, why } = await chosenEngine(options.engine, threads);
  options.onMessage?.(
    `shard ${shard.index} of ${shard.of}: ${numbers.length} of ${count} ${samples.name}; engine ${engine.name}${why ? ` (${why})` : ""}`,
  );
  const source = sharedSource({
    ...samples,
    count: numbers.length,
    batches: () => pickImages(samples, numbers),
  });
  const onProgress = sharedCallback((phase: string, step: number) =>
    options.onProgress?.({ phase, step, total: numbers.length, unit: "images" }),
  );
  const networks: NetworkFeatures[] = [];
  const missing: Missing[] = [];
  for (const { network, asked } of networksOf(wanted)) {
    try {
      const ready = await network.load({
        folders: weights,
        resize: options.resize ?? "legacy_tensorflow",
        network: own,
      });
      if ("reason" in ready) {
        missing.push({ metric: labelOf(asked), ...ready });
        continue;
      }
      const { name } = ready.network;
      const kept = featuresFor(ready, asked);
      const found = await extract(
        engine,
        ready.network,
        source,
        numbers.length,
        { statistics: [], kept },
        (done) => onProgress(`${name}, samples`, done),
      );
      networks.push({ ...usedNetwork(ready, kept), values: found.kept });
    } catch (error) {
      missing.push(failed(labelOf(asked), error));
    }
  }
  const note = { samples: samples.about, count, shard, seed, ...machineOf(engine.name, threads) };
  return { note, networks, missing };
}

/** @throws ImagefnError `invalid-option` for one that looks at pictures or pairs */
export function overFeatures(metrics: readonly MetricName[] | undefined): readonly MetricName[] {
  const fitting = records.filter(({ kind }) => kind === "features").map(({ name }) => name);
  const other = metrics?.find((name) => !fitting.includes(name));
  if (other !== undefined)
    throw new ImagefnError(
      "invalid-option",
      `metrics: ${other} is not computed from features, so it has no shards (expected ${fitting.join(", ")})`,
      { option: "metrics", advised: true },
    );
  return metrics ?? defaultMetrics.filter((name) => fitting.includes(name));
}

/** All features that metrics read of the samples. */
function featuresFor(ready: ReadyNetwork, asked: readonly FeatureMetricRecord[]): Feature[] {
  const reads = asked.flatMap(({ measures }) =>
    measures.flatMap((m) => [m.reads.statistics, m.reads.samples].flat()),
  );
  return ready.features.filter((name) => name === "pool" || reads.includes(name));
}

/** What a file says of a network. */
export const usedNetwork = ({ network, weights }: ReadyNetwork, kept: readonly Feature[]): UsedNetwork => ({
  name: network.name,
  resize: network.resize,
  features: Object.fromEntries(kept.map((name) => [name, network.features[name]!])),
  weights,
});

/**
 * Statistics of a shard over the first network that ran, for `saveStatistics`: all that a Frechet distance needs, in a
 * small file. `mergeStatistics` joins those of all shards.
 * @throws ImagefnError `invalid-data` if no network ran, or the shard has only one image
 */
export function shardStatistics({ note, networks, missing }: ShardFeatures): Statistics {
  const [first] = networks;
  if (!first)
    throw new ImagefnError(
      "invalid-data",
      `metrics: no network ran, so there are no statistics (${missing.map(({ metric, reason }) => `${metric}: ${reason}`).join("; ")})`,
    );
  const { name, resize, weights, values } = first;
  const of = (features: Features) => {
    const all = featureStatistics(features.shape[1]);
    all.add(features);
    return all.result();
  };
  return {
    pool: of(values.pool!),
    ...(values.spatial ? { spatial: of(values.spatial) } : {}),
    note: { network: name, resize, weights, source: note.samples, shard: note },
  };
}
