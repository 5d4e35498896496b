// Measures a set of images, against another one where there is one.
import { type ChosenEngine, engine as engineByName } from "@imagefn/ops";
import { defaultMetrics, type MetricName } from "../names.js";
import { failed } from "./failure.js";
import { featureFindings } from "./features.js";
import type { Finding } from "./finding.js";
import { type FeatureMetric, metrics as records } from "./metrics/list.js";
import type { FeatureMetricRecord } from "./metrics/record.js";
import type { NetworkSource } from "./networks.js";
import { openImages } from "./openImages.js";
import { checkOptions, type EvaluateOptions } from "./options.js";
import { pictureFindings } from "./pictures.js";
import { aboutReference, openReference, referenceName } from "./reference.js";
import type { Statistics } from "./savedStatistics.js";
import { abortable } from "./source.js";

/** What an evaluation found. All of it but `statistics` is plain JSON. */
export interface Evaluation {
  /** What was measured: where the images come from, and `n`, how many. */
  readonly samples: Readonly<Record<string, unknown>>;
  /** What it was compared with: the same, or the path and the note of saved statistics. */
  readonly reference?: Readonly<Record<string, unknown>>;
  /** The seed of the kernel distance's subsets. */
  readonly seed: number;
  /** The name of the engine that ran the networks. */
  readonly engine: string;
  /** A number for each metric, or the reason why there is none. */
  readonly findings: readonly Finding[];
  /**
   * Statistics for `saveStatistics`: of the reference's images, or of the samples where there is no reference, over
   * the first feature network that ran. Absent where none ran over such images.
   */
  readonly statistics?: Statistics;
}

/**
 * Measures images, against a reference where there is one. A metric that cannot be computed, or that an error ends, is a
 * finding with the reason; nothing takes its place, and nothing is printed or downloaded. Numbers do not depend on the
 * batches.
 *
 * ```ts
 * const { findings } = await evaluate({ samples: "generated", reference: "photos", metrics: ["fid", "kid"] });
 * for (const finding of findings) console.log(finding.metric, "value" in finding ? finding.value : finding.reason);
 * ```
 *
 * Memory: a float32 array of 2,048 numbers per image for precision, recall and kernel distances, two covariance
 * matrices of 32 MB for Frechet distances, and about 0.7 GB while a network runs.
 *
 * @throws ImagefnError `invalid-option` for an option that cannot be used, `invalid-data` for images or statistics
 * @throws the reason of `signal` once it is aborted; an Error for an image that cannot be read
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  checkOptions(options);
  const { metrics = defaultMetrics, weights = [], seed = 0, threads = 0, signal } = options;
  signal?.throwIfAborted();
  const samples = abortable(await openImages("samples", options.samples), signal);
  const count = Math.min(options.count ?? 50_000, samples.count);
  const most = options.referenceCount ?? Number.POSITIVE_INFINITY;
  const given = options.reference === undefined ? undefined : await openReference(options.reference, most);
  const reference = given && {
    ...given,
    images: given.images && abortable(given.images, signal),
    count: Number.isFinite(given.count) ? given.count : count,
  };
  const { engine, why } = await chosen(options.engine, threads);
  options.onMessage?.(
    `${count} ${samples.name}` +
      (reference ? ` against ${referenceName(reference)}` : "") +
      `; engine ${engine.name}${why ? ` (${why})` : ""}`,
  );

  const onProgress = (phase: string, step: number, total: number) =>
    options.onProgress?.({ phase, step, total, unit: "images" });
  const shared = { engine, samples, count, seed, onProgress };
  const findings: Finding[] = [];
  let statistics: Statistics | undefined;
  for (const { network, asked } of networksOf(metrics)) {
    const metric = asked.map(({ name, label }) => label ?? name.toUpperCase()).join(", ");
    try {
      const ready = await network.load({ folders: weights, resize: options.resize ?? "legacy_tensorflow" });
      if ("reason" in ready) {
        findings.push({ metric, ...ready });
        continue;
      }
      const wanted = asked.flatMap(({ measures }) => measures.map(({ name }) => name as FeatureMetric));
      const found = await featureFindings({ ...shared, reference, ready, metrics: wanted });
      findings.push(...found.findings);
      const of = (reference ? found.reference : found.samples)?.statistics;
      const { name, resize } = ready.network;
      const source = (reference?.images ?? samples).about;
      if (of?.pool)
        statistics ??= { pool: of.pool, spatial: of.spatial, note: { network: name, resize, source } };
    } catch (error) {
      findings.push(failed(metric, error));
    }
  }
  findings.push(
    ...(await pictureFindings({
      ...shared,
      threads,
      metrics,
      partner: reference?.images,
      partnerCount: reference?.count,
      unmatched: options.unmatched,
      folders: weights,
    })),
  );
  return {
    samples: { ...samples.about, n: count },
    ...(reference ? { reference: aboutReference(reference) } : {}),
    seed,
    engine: engine.name,
    findings,
    ...(statistics ? { statistics } : {}),
  };
}

/** The networks that metrics need, in the order of the list of metrics; each with its metrics as they were asked for. */
function networksOf(names: readonly MetricName[]) {
  const all = new Map<NetworkSource, FeatureMetricRecord[]>();
  for (const record of records)
    if (record.kind === "features" && names.includes(record.name)) all.set(record.network, []);
  for (const name of new Set(names)) {
    const record = records.find((metric) => metric.name === name);
    if (record?.kind === "features") all.get(record.network)!.push(record);
  }
  return [...all].map(([network, asked]) => ({ network, asked }));
}

/** The engine, and why it was chosen where a name was given. */
async function chosen(
  engine: EvaluateOptions["engine"],
  threads: number,
): Promise<Pick<ChosenEngine, "engine"> & Partial<ChosenEngine>> {
  if (typeof engine === "object") return "compile" in engine ? { engine } : engine;
  return engineByName({ name: engine, threads });
}
