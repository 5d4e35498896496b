// Measures samples of which features or statistics were computed before, by one process or several.
import { ImagefnError, quoted } from "@imagefn/base";
import type { MetricName } from "../names.js";
import type { FidResize } from "../networks/inception2015.js";
import type { Evaluation } from "./evaluate.js";
import type { Unavailable } from "./finding.js";
import { type Metric, metrics as records } from "./metrics/list.js";
import { networkFindings } from "./networkFindings.js";
import { type LoadOptions, madeBy, type NetworkSource, onnxFile, type ReadyNetwork } from "./networks.js";
import { checkOptions, type EvaluateOptions, givenNetwork } from "./options.js";
import type { SavedSamples, UsedNetwork } from "./savedSamples.js";
import { beginEvaluation } from "./session.js";
import { checksum } from "./shardNote.js";

/** Against what to measure, and how. `metrics` are all that the files allow, if left out. */
export type EvaluateSavedOptions = Omit<EvaluateOptions, "samples" | "count" | "resize" | "unmatched">;

/**
 * Measures samples by what `openFeatures` or `mergeStatistics` read. Over features every number is that of `evaluate` in one
 * process, with the same engine, threads and processor. Networks run only over images of the reference.
 *
 * ```ts
 * const { findings } = await evaluateSaved(openFeatures(["f1.npz", "f2.npz"]), { reference: "photos" });
 * ```
 *
 * @throws ImagefnError `invalid-option` for a metric that the files do not allow, and as `evaluate` does
 */
export async function evaluateSaved(
  samples: SavedSamples,
  options: EvaluateSavedOptions = {},
): Promise<Evaluation> {
  checkOptions(options);
  const { weights: folders = [], seed = samples.seed, signal } = options;
  signal?.throwIfAborted();
  const metrics = allowed(samples, options.metrics);
  if (options.network && !samples.networks.some((network) => madeBy(onnxFile, network)))
    throw new ImagefnError(
      "invalid-option",
      `network: ${samples.name} did not go through an ONNX network (got ${samples.networks.map(({ name }) => name).join(", ")})`,
      { option: "network" },
    );
  const own = await givenNetwork(options);
  for (const warning of samples.warnings) options.onMessage?.(`warning: ${warning}`);
  const { begun, about } = await beginEvaluation({ ...samples, seed }, options);
  const used = (source: NetworkSource) => samples.networks.find((network) => madeBy(source, network));
  const shared = { folders, network: own };
  const { findings, statistics } = await networkFindings({
    ...begun,
    samples,
    metrics,
    load: (network) => ready(network, used(network)!, shared, begun.reference?.images !== undefined),
    fits: (network, measure) => samples.allows(used(network)!, measure),
  });
  return { ...about, findings, ...(statistics ? { statistics } : {}) };
}

/** The metrics that can be computed, or those that were asked for. */
function allowed(samples: SavedSamples, asked: readonly MetricName[] | undefined): readonly MetricName[] {
  const fits = (record: Metric): boolean => {
    if (record.kind !== "features") return false;
    const network = samples.networks.find((used) => madeBy(record.network, used));
    return network !== undefined && record.measures.some((measure) => samples.allows(network, measure));
  };
  const all = records.filter(fits).map(({ name }) => name);
  const other = asked?.find((name) => !all.includes(name));
  if (other !== undefined)
    throw new ImagefnError(
      "invalid-option",
      `metrics: ${other} cannot be computed from ${samples.name} (expected ${all.join(", ") || "none: they hold no features"})`,
      { option: "metrics", advised: true },
    );
  return asked ?? all;
}

/** The network as it ran over the samples: its weights are loaded only where images of the reference go through it. */
async function ready(
  source: NetworkSource,
  used: UsedNetwork,
  options: Omit<LoadOptions, "resize">,
  runs: boolean,
): Promise<ReadyNetwork | Unavailable> {
  if (runs || !source.needs) {
    const loaded = await source.load({ ...options, resize: used.resize as FidResize });
    if ("reason" in loaded) return loaded;
    if (loaded.network.name !== used.name)
      throw new Error(`the samples went through ${used.name} (got ${loaded.network.name})`);
    if (checksum(loaded.weights) !== checksum(used.weights))
      throw new Error(
        `the samples went through ${used.name} with other weights (got ${quoted(checksum(loaded.weights))}, ` +
          `expected ${quoted(checksum(used.weights))})`,
      );
    return loaded;
  }
  const { name, resize, features, weights } = used;
  const open = () => {
    throw new Error(`metrics: the weights of ${name} were not loaded`);
  };
  return {
    network: { name, resize, features, size: [0, 0], open },
    features: [],
    weights,
  };
}
