// From bytes to floats for training.
import { quoted } from "@imagefn/base";
import { type Dataset, imageBytes } from "./dataset.js";

/** Byte v to v / 127.5 - 1, in [-1, 1], the range of pixels in consistency models. */
const toUnit = Float32Array.from({ length: 256 }, (_, v) => v / 127.5 - 1);

/** How a batch is read. */
export interface ReadBatchOptions {
  /** Per sample, [B]: anything but 0 or false mirrors it left to right. Default: none. */
  flips?: ArrayLike<number | boolean>;
  /** Written to instead of a new array; must hold B * 3 * size * size floats. */
  out?: Float32Array;
}

/** Images as floats in [-1, 1]: [B, 3, size, size], in the order of `indices` [B]. */
export function readBatch(
  dataset: Dataset,
  indices: ArrayLike<number>,
  { flips, out }: ReadBatchOptions = {},
): Float32Array {
  const { size } = dataset;
  const bytes = imageBytes(size);
  const batch = out ?? new Float32Array(indices.length * bytes);
  if (batch.length !== indices.length * bytes) {
    throw new Error(
      `datasets: readBatch has a bad \`out\` (got ${batch.length} floats, expected ${indices.length * bytes} ` +
        `for [${indices.length}, 3, ${size}, ${size}])`,
    );
  }
  if (flips && flips.length !== indices.length) {
    throw new Error(
      `datasets: readBatch needs one flip per sample (got ${flips.length}, expected ${indices.length})`,
    );
  }
  for (let b = 0; b < indices.length; b++) {
    const image = dataset.images.at(checkIndex(dataset, indices[b]));
    const to = b * bytes;
    if (flips?.[b]) {
      for (let row = 0; row < bytes; row += size) {
        for (let x = 0; x < size; x++) batch[to + row + x] = toUnit[image[row + size - 1 - x]];
      }
    } else {
      for (let i = 0; i < bytes; i++) batch[to + i] = toUnit[image[i]];
    }
  }
  return batch;
}

/** Images as they are, bytes [B, 3, size, size], in the order of `indices` [B]. */
export function readBytes(dataset: Dataset, indices: ArrayLike<number>): Uint8Array {
  const bytes = imageBytes(dataset.size);
  const batch = new Uint8Array(indices.length * bytes);
  for (let b = 0; b < indices.length; b++) {
    batch.set(dataset.images.at(checkIndex(dataset, indices[b])), b * bytes);
  }
  return batch;
}

/** Class labels of the images at `indices`, [B]. Throws if the set has none. */
export function readLabels(dataset: Dataset, indices: ArrayLike<number>): Int32Array {
  const { labels } = dataset;
  if (!labels) {
    throw new Error(
      `datasets: ${quoted(dataset.name)} has no classes (got a request for labels); load it with classes, or train without`,
    );
  }
  return Int32Array.from(indices, (i) => labels[checkIndex(dataset, i)]);
}

function checkIndex(dataset: Dataset, index: number): number {
  if (Number.isInteger(index) && index >= 0 && index < dataset.count) return index;
  throw new Error(
    `datasets: no such image in ${quoted(dataset.name)} (got index ${index}, expected 0 to ${dataset.count - 1})`,
  );
}
