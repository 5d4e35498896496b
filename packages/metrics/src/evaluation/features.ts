// The findings of metrics over one feature network: images go through it once for all of them.
import type { Engine } from "@imagefn/ops";
import type { Feature } from "../networks/network.js";
import { type Extracted, extract } from "./extract.js";
import { failed, sharedCallback, sharedSource } from "./failure.js";
import type { Finding, Missing } from "./finding.js";
import { type FeatureMetric, measures } from "./metrics/list.js";
import type { FeatureMeasure } from "./metrics/record.js";
import type { ReadyNetwork } from "./networks.js";
import type { Reference } from "./reference.js";
import type { SavedSamples } from "./savedSamples.js";
import type { ImageSource } from "./source.js";

/** What to compute over one network. */
export interface FeatureRequest {
  /** What runs the network. */
  readonly engine: Engine;
  /** The network. */
  readonly ready: ReadyNetwork;
  /** By name; the order of the findings is that of the list of metrics. */
  readonly metrics: readonly FeatureMetric[];
  /** The images to measure, or what was computed of them before. */
  readonly samples: ImageSource | SavedSamples;
  /** How many of the samples. */
  readonly count: number;
  /** What they are compared with. */
  readonly reference?: Reference;
  /** Which images make the subsets of the kernel distance. */
  readonly seed: number;
  /** Called after each batch of images, and when something that takes long begins. */
  readonly onProgress: (what: string, done: number, total: number) => void;
}

/** Findings, and the features of both sides that they were computed from. */
export interface FeatureFindings {
  /** A number, or the reason why there is none, for each metric. */
  readonly findings: readonly Finding[];
  /** With statistics of `pool` at least. */
  readonly samples: Extracted;
  /** Absent where no image of the reference went through the network. */
  readonly reference?: Extracted;
}

/**
 * Computes metrics over a network. Each image goes through it once, whatever the number of metrics. One that an error ends,
 * such as too few images, is a finding with the reason.
 * @throws if an image cannot be read or a feature is not finite
 */
export async function featureFindings(request: FeatureRequest): Promise<FeatureFindings> {
  const { engine, ready, count, reference, seed } = request;
  const onProgress = sharedCallback(request.onProgress);
  const { network } = ready;
  const wanted: FeatureMeasure[] = measures.filter(({ name }) => request.metrics.includes(name));
  const reads = (side: "statistics" | "samples" | "reference"): Feature[] => [
    ...new Set(wanted.flatMap((measure) => measure.reads[side] ?? [])),
  ];
  // `pool` always: statistics of it can be saved, whatever was measured.
  const statistics = [...new Set<Feature>(["pool", ...reads("statistics")])];
  // The reference first: of the two it is more often a folder with a file that cannot be read.
  const known = reference?.statistics;
  const saved = (known?.note.network ?? "Inception-2015") === network.name ? known : undefined;
  const kept = reads("reference");
  const images = reference?.images && sharedSource(reference.images);
  const other =
    reference?.extracted ??
    (images && (!saved || kept.length > 0)
      ? await extract(
          engine,
          network,
          images,
          reference!.count,
          { statistics: saved ? [] : statistics, kept },
          (done) => onProgress(`${network.name}, reference`, done, reference!.count),
        )
      : undefined);
  const own = { statistics, kept: reads("samples") };
  const onSamples = (done: number) => onProgress(`${network.name}, samples`, done, count);
  const samples =
    "extracted" in request.samples
      ? await request.samples.extracted(network.name, own, onSamples)
      : await extract(engine, network, sharedSource(request.samples), count, own, onSamples);

  const suffix = network.name === "Inception-2015" ? "" : ` (${network.name})`;
  const settings = { network: network.name, resize: network.resize, weights: ready.weights };
  const context = { network, settings, suffix, samples, other, saved, reference, engine, seed };
  const canRun = ({ reads }: FeatureMeasure) => (reads.reference ?? []).every((name) => other?.kept[name]);
  const blocked = wanted.filter((measure) => !canRun(measure));
  const findings: Finding[] = [];
  for (const measure of wanted) {
    if (measure === blocked[0]) findings.push(withoutImages(blocked, suffix, reference));
    if (!canRun(measure)) continue;
    if (measure.reads.reference) onProgress(measure.title, 0, 1);
    try {
      findings.push(...(await measure.findings(context)));
    } catch (error) {
      findings.push(failed(`${measure.title}${suffix}`, error));
    }
  }
  return { findings, samples, reference: other };
}

/** One finding for all measures that miss the reference's images. */
function withoutImages(
  blocked: readonly FeatureMeasure[],
  suffix: string,
  reference: Reference | undefined,
): Missing {
  const metric = `${blocked.map(({ title }) => title).join(", ")}${suffix}`;
  return reference
    ? {
        metric,
        code: "unfit-reference",
        reason: "unavailable: they compare images, and the reference is a file of statistics",
      }
    : { metric, code: "no-reference", reason: "unavailable: nothing to compare with" };
}
