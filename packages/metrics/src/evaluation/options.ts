// The options of an evaluation, and their check.
import { didYouMean, ImagefnError } from "@imagefn/base";
import type { ChosenEngine, Engine, EngineName } from "@imagefn/ops";
import { defaultMetrics, type MetricName, metricNames, networkMetrics, resizeNames } from "../names.js";
import type { FidResize } from "../networks/inception2015.js";
import { type OnnxNetwork, type OnnxNetworkOptions, onnxNetwork } from "../networks/onnxNetwork.js";
import { quote } from "../weights/_format.js";
import { type Unmatched, unmatchedNames } from "./pairs.js";
import type { ImageSource } from "./source.js";

/** How far an evaluation is. */
export interface EvaluationProgress {
  /** What is being done, such as "Inception-2015, samples". */
  readonly phase: string;
  /** Images done, of `total`. */
  readonly step: number;
  /** Images in all, in this phase. */
  readonly total: number;
  /** What a step is. */
  readonly unit: "images";
}

/** What to measure, against what, and how. */
export interface EvaluateOptions {
  /** The images to measure: a folder of PNG, JPEG and WebP files, a .npz file with `arr_0`, or a source. */
  readonly samples: string | ImageSource;
  /**
   * What they are compared with: the same, or a .npz file of statistics (`mu`, `sigma`; with `arr_0` too, of images).
   * Without it only metrics of the samples alone have a value.
   */
  readonly reference?: string | ImageSource;
  /** Which metrics; all of `defaultMetrics` by default. */
  readonly metrics?: readonly MetricName[];
  /** Folders (or files) in which weights are looked for, before IMAGEFN_WEIGHTS and the cache folder. */
  readonly weights?: readonly string[];
  /** How many of the samples are measured; all where there are fewer. Default 50,000. */
  readonly count?: number;
  /**
   * How many images of the reference; by default all, or as many as samples where it is endless. Pairs by name take the
   * partners of the samples, whatever this is.
   */
  readonly referenceCount?: number;
  /**
   * What happens to pictures without a partner, for metrics of pairs. "refuse", the default: these metrics have no
   * value, and the reason lists the pictures. "ignore": they are left out, and a note of the finding lists them.
   */
  readonly unmatched?: Unmatched;
  /** Which images make the subsets of the kernel distance. Default 0. */
  readonly seed?: number;
  /** How FID's network is given images. Default "legacy_tensorflow", the reference implementation's rule. */
  readonly resize?: FidResize;
  /**
   * A network in an ONNX file, with what its file does not say of its input. Naming it measures "network", besides the metrics
   * that are named or computed by default; "cmmd" is over it too.
   */
  readonly network?: OnnxNetworkOptions;
  /** What runs the networks: a name, an engine, or the result of `engine()` of @imagefn/ops. Default "auto". */
  readonly engine?: EngineName | Engine | ChosenEngine;
  /** CPU threads; 0, the default, uses every core. With an engine of your own, say how many it has: they are recorded. */
  readonly threads?: number;
  /** Called after each batch. */
  readonly onProgress?: (progress: EvaluationProgress) => void;
  /** Called with a sentence on what is measured against what, before the work begins. */
  readonly onMessage?: (text: string) => void;
  /** Ends the evaluation between two batches; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** @throws ImagefnError `invalid-option` for an unknown metric, resize rule or value, or a count below 1 */
export function checkOptions({
  metrics,
  count,
  referenceCount,
  resize,
  unmatched,
}: Omit<EvaluateOptions, "samples">): void {
  for (const name of metrics ?? []) known("metrics", name, metricNames);
  if (resize !== undefined) known("resize", resize, resizeNames);
  if (unmatched !== undefined) known("unmatched", unmatched, unmatchedNames);
  for (const [option, value] of Object.entries({ count, referenceCount }))
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1))
      throw new ImagefnError("invalid-option", `${option} is ${value} (expected a whole number from 1)`, {
        option,
      });
}

/**
 * The network of an ONNX file that was given: it is looked at before any work begins.
 * @throws as `onnxNetwork` does
 */
export const givenNetwork = async ({
  network,
  threads,
}: Pick<EvaluateOptions, "network" | "threads">): Promise<OnnxNetwork | undefined> =>
  network && (await onnxNetwork(network, { threads }));

/**
 * The metrics that were asked for: a network that was given is measured.
 * @throws ImagefnError `invalid-option` for a metric over a network that was not given
 */
export function askedMetrics(
  { metrics, network }: Pick<EvaluateOptions, "metrics" | "network">,
  byDefault: readonly MetricName[] = defaultMetrics,
): readonly MetricName[] {
  const asked = metrics ?? byDefault;
  const over = asked.find((name) => networkMetrics.includes(name));
  if (network) return over ? asked : [...asked, "network"];
  if (over)
    throw new ImagefnError(
      "invalid-option",
      `metrics: ${over} is measured over a network of your own (expected the ONNX file as network)`,
      { option: "metrics", advised: true, missingNetwork: true },
    );
  return asked;
}

function known(option: string, name: string, names: readonly string[]): void {
  if (!names.includes(name))
    throw new ImagefnError(
      "invalid-option",
      `${option}: there is no ${quote(name)}${didYouMean(name, names)} (expected ${names.join(", ")})`,
      { option },
    );
}
