// A feature network, as metrics use it.
import type { Tensor } from "@imagefn/ops";
import type { Params, Weights } from "./params.js";
import type { ResizeRule } from "./resize.js";

/** Which features: the global average, an early spatial map, or the class scores. */
export type Feature = "pool" | "spatial" | "logits";

/** What is known of every network whose features are measured. */
export interface NetworkInterface {
  /** What its numbers are called after: "Inception-2015", "nsfwjs Inception", or an ONNX file with its checksum. */
  readonly name: string;
  /** How pictures are brought to `size`: part of every number's definition. */
  readonly resize: ResizeRule;
  /** [height, width] that the network sees. */
  readonly size: readonly [number, number];
  /** The features it has, with their lengths. */
  readonly features: Readonly<Partial<Record<Feature, number>>>;
  /** The images that a Frechet distance over them needs of each set at least. Default 2, of which there is a covariance. */
  readonly fewest?: number;
}

/** A network as a function of symbolic tensors, with its weights; an engine runs it. */
export interface GraphNetwork extends NetworkInterface {
  /** By path, as `apply` asks for them. */
  readonly weights: Weights;
  /** Pictures as bytes' values 0 to 255 at `size`, [batch, 3, height, width] -> features [batch, length]. */
  apply(params: Params, pictures: Tensor): Partial<Record<Feature, Tensor>>;
}

/** A network that another program runs. */
export interface RunNetwork extends NetworkInterface {
  /** Loads it. */
  open(): Promise<FeatureRun>;
}

/** A network that is loaded. */
export interface FeatureRun {
  /** Pictures in one run. */
  readonly batch: number;
  /** Pictures as bytes' values 0 to 255, [batch, 3, height, width] -> numbers [batch, length] of each feature. */
  run(pictures: Float32Array): Promise<Partial<Record<Feature, Float32Array>>>;
  /** Frees what it holds. */
  dispose(): Promise<void>;
}

/** A network whose features are measured. */
export type FeatureNetwork = GraphNetwork | RunNetwork;

/**
 * What the Frechet distance over a network's features is called: "FID" and "sFID" only for Inception-2015, with the
 * resize rule where it is not the reference's own.
 */
export function frechetName({ name, resize }: FeatureNetwork, feature: "pool" | "spatial" = "pool"): string {
  if (name !== "Inception-2015")
    return `${feature === "spatial" ? "spatial " : ""}Frechet distance (${name})`;
  const short = feature === "spatial" ? "sFID" : "FID";
  return resize === "legacy_tensorflow" ? short : `${short} (${resize})`;
}
