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
  wanted: Wanted,
  onProgress: (done: number) => void,
): Promise<Extracted> {
  const features = featuresOf(wanted);
  const extractor = await featureExtractor(network, engine, { features });
  async function* rows(): AsyncGenerator<FeatureRows> {
    for await (const images of source.batches(count)) yield await extractor.extract(images);
  }
  try {
    return await collect(rows(), network.features, count, wanted, onProgress);
  } finally {
    await extractor.dispose();
  }
}

/** Features of some images, [n, length] each. */
export type FeatureRows = Readonly<Partial<Record<Feature, Features>>>;

/** All features that are wanted, each once. */
export const featuresOf = ({ statistics, kept }: Wanted): Feature[] => [...new Set([...statistics, ...kept])];

/** Gathers the features of `count` images, from wherever they come. The result does not depend on the batches. */
export async function collect(
  batches: AsyncIterable<FeatureRows>,
  lengths: FeatureNetwork["features"],
  count: number,
  wanted: Wanted,
  onProgress: (done: number) => void,
): Promise<Extracted> {
  const features = featuresOf(wanted);
  const sums = new Map<Feature, StatisticsAccumulator>(
    wanted.statistics.map((name) => [name, featureStatistics(lengths[name]!)]),
  );
  const all = new Map(wanted.kept.map((name) => [name, new Float32Array(count * lengths[name]!)]));
  let done = 0;
  for await (const batch of batches) {
    for (const [name, sum] of sums) sum.add(batch[name]!);
    for (const [name, data] of all) data.set(batch[name]!.data, done * lengths[name]!);
    done += batch[features[0]]!.shape[0];
    onProgress(done);
  }
  return {
    count: done,
    statistics: done < 2 ? {} : Object.fromEntries([...sums].map(([name, sum]) => [name, sum.result()])),
    kept: Object.fromEntries([...all].map(([name, data]) => [name, { shape: [done, lengths[name]!], data }])),
  };
}
