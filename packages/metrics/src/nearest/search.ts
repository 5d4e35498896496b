// For each of some pictures, the one of a set that is most like it by the features of a network.
import type { Engine } from "@imagefn/ops";
import type { ImageSource } from "../evaluation/source.js";
import { checkFinite, type Features } from "../features.js";
import { type InnerProducts, innerProducts, type Rows } from "../innerProducts.js";
import { featureExtractor } from "../networks/featureExtractor.js";
import type { ImageBatch } from "../networks/images.js";
import type { FeatureNetwork } from "../networks/network.js";
import { unitRows } from "../unitRows.js";

/** Rows of the set that are compared at a time. */
const CHUNK = 1024;

/** The picture that is most like each of some. */
export interface Nearest {
  /** The cosine of both pictures' features, from -1 to 1: 1 for equal pictures. */
  readonly likeness: Float64Array;
  /** The number of the nearest one in its set. */
  readonly number: Int32Array;
  /** 1 where it is the mirrored picture that is near. */
  readonly mirrored: Uint8Array;
}

/** What is searched, and how. */
export interface Search {
  readonly engine: Engine;
  readonly network: FeatureNetwork;
  /** Features of the pictures, [count, length] each; all are looked for in one pass through the set. */
  readonly queries: readonly Features[];
  readonly set: ImageSource;
  /** How many pictures of the set. */
  readonly count: number;
  /** Whether pictures of the set are looked at mirrored too. */
  readonly mirrored: boolean;
  readonly onProgress: (done: number) => void;
}

/**
 * The nearest picture of a set for each row of the queries. Memory: the queries and 1,024 rows of the set.
 * @throws if a picture cannot be read, or a feature is not finite
 */
export async function searchNearest({ engine, network, queries, set, ...how }: Search): Promise<Nearest[]> {
  const dims = network.features.pool!;
  const rows = queries.map((features) => unitRows("nearest pictures", features, dims));
  const found = rows.map(
    ({ count }): Nearest => ({
      likeness: new Float64Array(count).fill(-Infinity),
      number: new Int32Array(count),
      mirrored: new Uint8Array(count),
    }),
  );
  const largest = Math.max(CHUNK, ...rows.map(({ count }) => count));
  const work = rows.reduce((sum, { count }) => sum + count, 0) * how.count * dims;
  const extractor = await featureExtractor(network, engine);
  const products = await innerProducts(dims, largest, how.mirrored ? 2 * work : work, { engine });
  const chunk = {
    data: new Float32Array(CHUNK * dims),
    number: new Int32Array(CHUNK),
    mirrored: new Uint8Array(CHUNK),
  };
  let waiting = 0;
  const compare = async () => {
    const data = chunk.data.subarray(0, waiting * dims);
    checkFinite("nearest pictures", data, dims);
    const others = unitRows("nearest pictures", { shape: [waiting, dims], data }, dims);
    for (const [q, own] of rows.entries()) await update(products, own, others, found[q], chunk);
    waiting = 0;
  };
  const add = async (batch: ImageBatch, first: number, mirrored: number) => {
    const { data } = (await extractor.extract(batch)).pool;
    for (let i = 0; i < batch.shape[0]; i++) {
      chunk.data.set(data.subarray(i * dims, (i + 1) * dims), waiting * dims);
      chunk.number[waiting] = first + i;
      chunk.mirrored[waiting] = mirrored;
      if (++waiting === CHUNK) await compare();
    }
  };
  try {
    let done = 0;
    for await (const batch of set.batches(how.count)) {
      await add(batch, done, 0);
      if (how.mirrored) await add(mirrorBatch(batch), done, 1);
      done += batch.shape[0];
      how.onProgress(done);
    }
    if (waiting > 0) await compare();
    return found;
  } finally {
    await extractor.dispose();
    await products.dispose();
  }
}

async function update(
  products: InnerProducts,
  own: Rows,
  others: Rows,
  { likeness, number, mirrored }: Nearest,
  chunk: Pick<Nearest, "number" | "mirrored">,
): Promise<void> {
  await products.each(own, others, ({ firstA, endA, firstB, endB, data, stride }) => {
    for (let i = firstA; i < endA; i++) {
      const line = (i - firstA) * stride - firstB;
      for (let j = firstB; j < endB; j++) {
        if (!(data[line + j] > likeness[i])) continue;
        likeness[i] = data[line + j];
        number[i] = chunk.number[j];
        mirrored[i] = chunk.mirrored[j];
      }
    }
  });
}

/** The same pictures, left and right exchanged. */
export function mirrorBatch({ shape, data }: ImageBatch): ImageBatch {
  const width = shape[3];
  return { shape, data: data.map((_, i) => data[i - 2 * (i % width) + width - 1]) };
}
