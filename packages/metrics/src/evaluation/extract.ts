// The features of a source: streamed statistics of all, and the features themselves where a metric needs them.

import type { Engine } from "@imagefn/ops";
import type { Features } from "../features.js";
import { featureExtractor } from "../networks/featureExtractor.js";
import type { Feature, FeatureNetwork } from "../networks/network.js";
import { type FeatureStatistics, featureStatistics, type StatisticsAccumulator } from "../statistics.js";
import type { ImageSource } from "./source.js";

/** Features of a source over one network. */
export interface Extracted {
  /** How many images. */
  readonly count: number;
  /** Mean and covariance of the features that Frechet distances compare; of one image there is no covariance. */
  readonly statistics: Readonly<Partial<Record<Feature, FeatureStatistics>>>;
  /** Features of every image, [count, length]. */
  readonly kept: Readonly<Partial<Record<Feature, Features>>>;
}

/** Which features are wanted, and what of them. */
export interface Wanted {
  /** Those whose mean and covariance are computed. */
  readonly statistics: readonly Feature[];
  /** Those that are kept for every image. */
  readonly kept: readonly Feature[];
}

/**
 * Runs the first `count` images of a source through a network. Memory: the kept features, 4 bytes a number, and the
 * covariance matrices.
 * @param onProgress is told how many images are done, after each batch
 * @throws if an image cannot be read, or a feature is not finite
 */
export async function extract(
  engine: Engine,
  network: FeatureNetwork,
  source: ImageSource,
  count: number,
  { statistics, kept }: Wanted,
  onProgress: (done: number) => void,
): Promise<Extracted> {
  const features = [...new Set([...statistics, ...kept])];
  const extractor = await featureExtractor(network, engine, { features });
  const sums = new Map<Feature, StatisticsAccumulator>(
    statistics.map((name) => [name, featureStatistics(network.features[name]!)]),
  );
  const all = new Map(kept.map((name) => [name, new Float32Array(count * network.features[name]!)]));
  let done = 0;
  try {
    for await (const images of source.batches(count)) {
      const batch = await extractor.extract(images);
      for (const [name, sum] of sums) sum.add(batch[name]);
      for (const [name, data] of all) data.set(batch[name].data, done * network.features[name]!);
      done += images.shape[0];
      onProgress(done);
    }
  } finally {
    await extractor.dispose();
  }
  return {
    count: done,
    statistics: done < 2 ? {} : Object.fromEntries([...sums].map(([name, sum]) => [name, sum.result()])),
    kept: Object.fromEntries(
      [...all].map(([name, data]) => [name, { shape: [done, network.features[name]!], data }]),
    ),
  };
}
