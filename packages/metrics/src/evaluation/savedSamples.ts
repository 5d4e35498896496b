// Samples of which not the images are there, but what networks made of them.

import type { FeatureNetwork } from "../networks/network.js";
import type { Extracted, Wanted } from "./extract.js";
import type { FeatureMeasure } from "./metrics/record.js";
import type { ImageSource } from "./source.js";

/** A network that ran. */
export interface UsedNetwork extends Pick<FeatureNetwork, "name" | "resize" | "features"> {
  /** What a report says of its weights. */
  readonly weights: Readonly<Record<string, unknown>>;
}

/** Features or statistics of samples over one network or several, as `openFeatures` and `mergeStatistics` give them. */
export interface SavedSamples extends Pick<ImageSource, "name" | "count" | "about"> {
  /** Of the samples; also that of the kernel distance's subsets. */
  readonly seed: number;
  /** The networks that ran. */
  readonly networks: readonly UsedNetwork[];
  /** What is to be known of the files before numbers are made of them, as lines. */
  readonly warnings: readonly string[];
  /** Whether there is all that a measure reads of the samples. */
  allows(network: UsedNetwork, measure: FeatureMeasure): boolean;
  /** What is wanted of a network's features, in the order of the samples. @throws if a file is damaged */
  extracted(network: string, wanted: Wanted, onProgress: (done: number) => void): Promise<Extracted>;
}
