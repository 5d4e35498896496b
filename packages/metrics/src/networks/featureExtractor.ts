// Runs a feature network over any number of pictures.
import { type Engine, type HostArray, program } from "@imagefn/ops";
import { type ImageBatch, imageBatchSize, writeImages } from "./images.js";
import type { Feature, FeatureNetwork, FeatureRun, GraphNetwork } from "./network.js";
import { frozen } from "./params.js";
import { resizePlanes } from "./resize.js";

/** How a feature network runs. */
export interface FeatureExtractorOptions<F extends Feature> {
  /** Pictures in one run, of a network that an engine runs. Default 8; more cost memory and are hardly faster. */
  readonly batch?: number;
  /** Which features are returned; one run computes them all. Default ["pool"]. */
  readonly features?: readonly F[];
}

/** A feature network that is compiled for an engine. */
export interface FeatureExtractor<F extends Feature> {
  /** The network that runs. */
  readonly network: FeatureNetwork;
  /**
   * Features of pictures of any one size, a row each: [count, network.features[..]]. Wait for one call before the next.
   * @throws if the batch's shape does not fit its data.
   */
  extract(images: ImageBatch): Promise<Record<F, HostArray>>;
  /** Frees what the engine holds; the extractor cannot be used afterwards. */
  dispose(): Promise<void>;
}

/**
 * Compiles a network once, with its weights frozen, for batches of any count and of any picture size.
 * Pictures are resized by the network's own rule. Memory does not grow with the number of batches.
 * @throws if the network lacks one of the features.
 */
export async function featureExtractor<F extends Feature = "pool">(
  network: FeatureNetwork,
  engine: Engine,
  { batch = 8, features = ["pool" as F] }: FeatureExtractorOptions<F> = {},
): Promise<FeatureExtractor<F>> {
  for (const name of features)
    if (!network.features[name])
      throw new Error(
        `metrics: the network "${network.name}" has no feature "${name}" ` +
          `(expected ${Object.keys(network.features).join(", ")})`,
      );
  if (!(Number.isInteger(batch) && batch > 0))
    throw new Error(`metrics: a batch has at least one picture (got ${batch})`);

  const [height, width] = network.size;
  const runnable =
    "open" in network ? await network.open() : await compiled(network, engine, batch, features);
  const { batch: places } = runnable;
  const input = new Float32Array(places * 3 * height * width);
  let bytes = new Float32Array(0);

  return {
    network,
    async extract(images) {
      const size = imageBatchSize(images);
      const pixels = 3 * size.height * size.width;
      const out = Object.fromEntries(
        features.map((name) => {
          const n = network.features[name]!;
          return [name, { shape: [size.count, n], data: new Float32Array(size.count * n) }];
        }),
      ) as unknown as Record<F, HostArray>;
      if (bytes.length < places * pixels) bytes = new Float32Array(places * pixels);
      for (let start = 0; start < size.count; start += places) {
        const end = Math.min(start + places, size.count);
        const planes = 3 * (end - start);
        writeImages(images, [start, end], "bytes", bytes);
        resizePlanes(network.resize, bytes, [planes, size.height, size.width], network.size, input);
        // The last run may have fewer pictures than places.
        input.fill(0, planes * height * width);
        const results = await runnable.run(input);
        for (const name of features) {
          const n = network.features[name]!;
          out[name].data.set(results[name]!.subarray(0, (end - start) * n), start * n);
        }
      }
      return out;
    },
    dispose: () => runnable.dispose(),
  };
}

/** A network of symbolic tensors on an engine, with its weights frozen. */
async function compiled(
  network: GraphNetwork,
  engine: Engine,
  batch: number,
  features: readonly Feature[],
): Promise<FeatureRun> {
  const [height, width] = network.size;
  const whole = program({ inputs: { images: [batch, 3, height, width] } }, (_, { images }) => {
    const all = network.apply(frozen(network.weights), images);
    return { outputs: Object.fromEntries(features.map((name) => [name, all[name]!])) };
  });
  const runnable = await engine.compile(whole);
  return {
    batch,
    async run(images) {
      const results = await runnable.run({ images });
      return Object.fromEntries(features.map((name) => [name, results[name].data]));
    },
    dispose: () => runnable.dispose(),
  };
}
