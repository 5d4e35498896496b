// The options of `imagefn evaluate`, and which go together: it measures images, saves what networks make of a share of them, or
// measures what was saved.
import type { Shard } from "@imagefn/base";
import { type MetricName, networkMetrics, pairMetrics, type resizeNames } from "@imagefn/metrics/names";
import type { Config } from "@imagefn/runs";
import { flagOf, UsageError } from "../errors.js";

/** What `imagefn evaluate` is asked to do. */
export interface EvaluateOptions {
  /** A run folder, a folder of images, or a .npz file; left out with `features` or `merge`. */
  samples?: string;
  /** Files of --save-features, one for each shard, as paths or patterns. */
  features?: string[];
  /** The same of --save-stats. */
  merge?: string[];
  /** Only this share of the samples; for `saveFeatures` or `saveStats`. */
  shard?: Shard;
  saveFeatures?: string;
  /** The same, a preset or YAML file for its data, or a .npz file of statistics; the run's own data if left out. */
  against?: string;
  metrics?: MetricName[];
  count?: number;
  referenceCount?: number;
  /** The images that were kept out of training, in place of the training images. */
  heldOut?: boolean;
  /** Pictures without a partner are left out of metrics of pairs. */
  skipUnmatched?: boolean;
  /** An ONNX file of an image network. */
  network?: string;
  /** Fields of its input, as texts. */
  networkSet?: Record<string, string>;
  resize?: (typeof resizeNames)[number];
  weights: string[];
  seed?: number;
  data?: string;
  /** Scale of classifier-free guidance. */
  guidance?: number;
  ema?: "online" | number;
  saveStats?: string;
  /** A page or a picture of samples and the training images most like them. */
  nearest?: string;
  /** The file of the report. */
  report?: string;
  engine?: Config["engine"]["name"];
  threads?: number;
}

type Name = keyof EvaluateOptions;

/** Belong to the comparison, which only the evaluation of all shards makes. */
const ofComparison: readonly Name[] = [
  "against",
  "heldOut",
  "referenceCount",
  "skipUnmatched",
  "data",
  "nearest",
  "report",
];

/** Decide what is saved, and are part of what was. */
const ofSamples: readonly Name[] = [
  "shard",
  "saveFeatures",
  "count",
  "resize",
  "seed",
  "ema",
  "guidance",
  "skipUnmatched",
];

/** @throws UsageError for options that do not go together */
export function checkFlags(options: EvaluateOptions): void {
  const { samples, features, merge, shard, saveFeatures, saveStats, skipUnmatched, metrics = [] } = options;
  const given = (names: readonly Name[]) => names.find((name) => options[name] !== undefined);
  if (options.networkSet && options.network === undefined)
    throw new UsageError("--network-set requires --network FILE: it says what is true of that file.");
  const over = metrics.find((name) => networkMetrics.includes(name));
  if (over && options.network === undefined && !features && !merge)
    throw new UsageError(`--metrics ${over} requires --network FILE, the ONNX file of a network.`);
  if (features && merge)
    throw new UsageError("--features and --merge exclude each other: --features measures more.");
  if (options.nearest !== undefined) checkNearest(options, options.nearest);
  const saved = features ? "--features" : merge ? "--merge" : undefined;
  if (saved) {
    if (samples !== undefined)
      throw new UsageError(`${saved} takes the place of SAMPLES. Leave one of them out (got ${samples}).`);
    const other = given(ofSamples);
    const alone = options.against === undefined ? given(["heldOut", "referenceCount", "data"]) : undefined;
    if (alone) throw new UsageError(`${flagOf(alone)} requires --against: nothing is compared without it.`);
    if (other)
      throw new UsageError(
        `${flagOf(other)} belongs to the command that saved the files of ${saved}. Leave it out.`,
      );
    return;
  }
  if (samples === undefined)
    throw new UsageError(
      "missing required argument 'samples', --features or --merge. See `imagefn evaluate --help`.",
    );
  if (shard && saveFeatures === undefined && saveStats === undefined)
    throw new UsageError(
      "--shard requires --save-features FILE, or --save-stats FILE for Frechet distances: a share alone is not measured.",
    );
  if (saveFeatures !== undefined || shard) {
    const other = given(ofComparison);
    const why = saveFeatures === undefined ? "--shard" : "--save-features";
    if (other)
      throw new UsageError(
        `${flagOf(other)} cannot be used with ${why}, which compares nothing. Use it with ` +
          `${saveFeatures === undefined ? "--merge" : "--features"}, once all shares are saved.`,
      );
  }
  if (skipUnmatched && !metrics.some((name) => pairMetrics.includes(name)))
    throw new UsageError(
      `--skip-unmatched belongs to metrics of pairs. Name one in --metrics: ${pairMetrics.join(", ")}.`,
    );
}

/** @throws UsageError for options that do not go with --nearest */
function checkNearest(options: EvaluateOptions, nearest: string): void {
  if (!/\.(html|png)$/i.test(nearest))
    throw new UsageError(
      `--nearest writes a page or a picture: expected a name that ends in .html or .png (got ${nearest}).`,
    );
  if (options.features || options.merge)
    throw new UsageError(
      `--nearest looks at images, and ${options.features ? "--features" : "--merge"} has none. Leave one of them out.`,
    );
  if (options.heldOut)
    throw new UsageError(
      "--nearest looks for samples in the training images, so --held-out cannot be used with it.",
    );
  if (options.saveStats !== undefined && options.metrics === undefined)
    throw new UsageError(
      "--save-stats with --nearest requires --metrics: --nearest alone makes no statistics.",
    );
}
