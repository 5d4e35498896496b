// What a metric is to an evaluation: one record with all that is known of it.
import type { Engine } from "@imagefn/ops";
import type { ImageBatch } from "../../networks/images.js";
import type { Feature, FeatureNetwork } from "../../networks/network.js";
import type { Extracted } from "../extract.js";
import type { Finding } from "../finding.js";
import type { Needs, WeightNeeds, WeightsThere } from "../needs.js";
import type { NetworkSource } from "../networks.js";
import type { Reference } from "../reference.js";
import type { SavedStatistics } from "../savedStatistics.js";

interface Common {
  /** What `evaluate` calls it, in lower case. */
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  /** What it measures, in a clause. */
  readonly description: string;
  /** The reference implementations that it agrees with, and how far. */
  readonly agrees: string;
  /** Whether it is computed only when it is named. */
  readonly onRequest?: boolean;
  /** What a finding calls it when it cannot run; the name in capitals by default. */
  readonly label?: string;
}

/** Numbers of two sets as a whole, from the features of a network. */
export interface FeatureMetricRecord extends Common {
  /** Computed from features. */
  readonly kind: "features";
  /** What has to be downloaded or installed, if anything. */
  readonly needs?: Needs;
  /** The network whose features it reads. */
  readonly network: NetworkSource;
  /** What is computed from them, in the order of the findings. */
  readonly measures: readonly FeatureMeasure[];
}

/**
 * The mean of a number of each picture, of each pair of a picture and its partner in the reference, or of each pair of pictures
 * whose noise lies close together.
 */
export interface PictureMetricRecord extends Common {
  /** Of single pictures, of pairs, or of paths through a generator's noise. */
  readonly kind: "picture" | "pair" | "path";
  /** The weight files that have to be downloaded. */
  readonly needs?: WeightNeeds;
  /** The most pictures that are measured. */
  readonly limit?: number;
  /** Loads it, once what it needs is there. */
  open(options: OpenOptions): Promise<OpenMetric>;
}

/** Everything known of one metric. */
export type MetricRecord = FeatureMetricRecord | PictureMetricRecord;

/** A computation on features, the same over every network. */
export interface FeatureMeasure {
  /** By this name `featureFindings` takes it. */
  readonly name: string;
  /** What a finding calls it when the reference has no images. */
  readonly title: string;
  /** What it reads; extraction computes the features of all measures of a network in one pass. */
  readonly reads: {
    /** Mean and covariance, of both sides. */
    readonly statistics?: readonly Feature[];
    /** The features of every sample. */
    readonly samples?: readonly Feature[];
    /** The features of every reference image: saved statistics will not do. */
    readonly reference?: readonly Feature[];
  };
  /** Called only when what it reads of the reference's images is there. */
  findings(context: FeatureContext): Promise<readonly Finding[]>;
}

/** What a measure computes from. */
export interface FeatureContext {
  /** The network that computed them. */
  readonly network: FeatureNetwork;
  /** What every finding says of the network. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The end of every name: "" for the network of FID, " (NETWORK)" for others. */
  readonly suffix: string;
  /** Features of the samples. */
  readonly samples: Extracted;
  /** Features of the reference's images, where they were computed. */
  readonly other?: Extracted;
  /** Saved statistics of the reference, where they are of this network. */
  readonly saved?: SavedStatistics;
  /** What was given as the reference. */
  readonly reference?: Reference;
  /** For products of many features. */
  readonly engine: Engine;
  /** For what is drawn at random. */
  readonly seed: number;
}

/** What a metric of pictures is opened with. */
export interface OpenOptions {
  /** What runs its network, unless that is an ONNX file. */
  readonly engine: Engine;
  /** CPU threads for ONNX files; 0 uses every core. */
  readonly threads: number;
  /** The weight files: the first set of `needs` that is complete. */
  readonly files: readonly WeightsThere[];
  /** The place of that set in `needs`, from 0. */
  readonly set: number;
}

/** A metric of pictures that can run. */
export interface OpenMetric {
  /** What its finding is called. */
  readonly name: string;
  /** What the finding of a batch's pictures is called, where their size decides it: there is a finding for each name. */
  nameOf?(batch: ImageBatch): string;
  /** What its finding says of weights and constants. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** A number for each picture, or each pair, of a batch. */
  values(batch: ImageBatch, other?: ImageBatch): Promise<ArrayLike<number>>;
  /** Frees what it holds. */
  dispose?(): Promise<void>;
}
