// A held-out split that depends only on the seed and the number of images.
import { seedOf } from "./_check.js";
import { hash32, permute, words } from "./_hash.js";
import { allocateImages, type Dataset, imageBytes } from "./dataset.js";

const SPLIT = 3;

/**
 * Parts a data set into images to train on and images held out for measuring.
 * `heldOut` below 1 is a fraction of the images (rounded), otherwise their number; at least one image stays in
 * `train`, and `heldOut` 0 leaves `test` empty. Both parts keep the order of the set and own their bytes.
 */
export function split(dataset: Dataset, heldOut: number, seed: number): { train: Dataset; test: Dataset } {
  const { count } = dataset;
  seedOf("split", seed);
  const size = heldOut < 1 ? Math.round(count * heldOut) : heldOut;
  if (!Number.isInteger(size) || size < 0 || size >= count) {
    throw new Error(
      `datasets: split has a bad held-out part (got ${heldOut} of ${count} images, expected a fraction below 1 ` +
        `or a whole number, leaving at least one image to train on)`,
    );
  }
  const key = hash32(SPLIT, ...words(seed));
  const held = new Set<number>();
  for (let i = 0; i < size; i++) held.add(permute(i, count, key));
  const all = Array.from({ length: count }, (_, i) => i);
  return {
    train: pick(
      dataset,
      all.filter((i) => !held.has(i)),
    ),
    test: pick(
      dataset,
      all.filter((i) => held.has(i)),
    ),
  };
}

function pick(dataset: Dataset, indices: number[]): Dataset {
  const bytes = imageBytes(dataset.size);
  const images = allocateImages(indices.length, dataset.size);
  indices.forEach((from, to) => {
    images.set(dataset.images.subarray(from * bytes, (from + 1) * bytes), to * bytes);
  });
  const part: Dataset = { ...dataset, count: indices.length, images };
  if (dataset.labels) part.labels = Int32Array.from(indices, (i) => dataset.labels![i]);
  return part;
}
