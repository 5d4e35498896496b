// Measures a set of images, against another one where there is one.
import type { Finding } from "./finding.js";
import { networkFindings } from "./networkFindings.js";
import { openImages } from "./openImages.js";
import { askedMetrics, checkOptions, type EvaluateOptions, givenNetwork } from "./options.js";
import { pictureFindings } from "./pictures.js";
import type { Statistics } from "./savedStatistics.js";
import { beginEvaluation } from "./session.js";
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
  /** Its CPU threads. Numbers of other threads or processors may differ in the last digits. */
  readonly threads: number;
  /** The processor. */
  readonly cpu: string;
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
  const { weights = [], seed = 0, threads = 0, signal } = options;
  const metrics = askedMetrics(options);
  signal?.throwIfAborted();
  const own = await givenNetwork(options);
  const samples = abortable(await openImages("samples", options.samples), signal);
  const count = Math.min(options.count ?? 50_000, samples.count);
  const { begun, about } = await beginEvaluation({ ...samples, count, seed }, options);
  const shared = { ...begun, samples, metrics };
  const resize = options.resize ?? "legacy_tensorflow";
  const { findings, statistics } = await networkFindings({
    ...shared,
    load: (network) => network.load({ folders: weights, resize, network: own }),
  });
  const { reference } = begun;
  const ofPictures = await pictureFindings({
    ...shared,
    threads,
    partner: reference?.images,
    partnerCount: reference?.count,
    unmatched: options.unmatched,
    folders: weights,
  });
  return { ...about, findings: [...findings, ...ofPictures], ...(statistics ? { statistics } : {}) };
}
