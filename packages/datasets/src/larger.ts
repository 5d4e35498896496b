// Larger versions of the images of a data set, for training on crops of them.
import type { Dataset, SquareImage } from "./dataset.js";

/**
 * Images with the same ones of a larger set beside them, in the same order.
 * @throws if the sets have different numbers of images, or the side is not `size` times a power of two
 */
export function withLarger(dataset: Dataset, larger: Dataset): Dataset {
  const { size, count } = dataset;
  if (larger.count !== count)
    throw new Error(
      `datasets: withLarger takes two sets of the same images (got ${count} at ${size} pixels and ${larger.count} at ${larger.size})`,
    );
  checkSide("withLarger", size, larger.size);
  const { images, size: side } = larger;
  return {
    ...dataset,
    larger: { side, at: (i) => ({ side, data: images.at(i) }), close: () => images.close() },
  };
}

/** Refuses a side that halving does not bring down to the size. */
export function checkSide(caller: string, size: number, side: number): void {
  const factor = side / size;
  if (factor >= 2 && Number.isInteger(Math.log2(factor))) return;
  throw new Error(
    `datasets: ${caller} has a bad side (got ${side}, expected ${size} times a power of two, such as ${4 * size})`,
  );
}

/** A crop of an image of which both sides were halved some times. */
export interface CropOptions {
  /** Side of the image after halving: its own, halved some times. */
  readonly whole: number;
  /** Side of the crop in pixels of that. */
  readonly size: number;
  readonly top: number;
  readonly left: number;
  /** Its rows and columns are this many pixels apart: 1 as if left out, neighbours. */
  readonly step?: number;
  /** Mirrored left to right; `top` and `left` are those of the mirrored image. */
  readonly flip?: boolean;
}

/**
 * A square crop [3, size, size] as floats in [-1, 1], of the image at a side of `whole` pixels: each is the mean of a block of its
 * own pixels, as halving with a box filter gives it, but not rounded to bytes.
 * @param out written to, of 3 size size numbers
 */
export function readCrop(
  { side, data }: SquareImage,
  { whole, size, top, left, step = 1, flip = false }: CropOptions,
  out: Float32Array,
): Float32Array {
  const block = side / whole;
  const unit = 1 / (127.5 * block * block);
  for (let channel = 0, to = 0; channel < 3; channel++) {
    for (let i = 0; i < size; i++) {
      const row = top + i * step;
      for (let j = 0; j < size; j++) {
        const column = left + j * step;
        const first = (flip ? whole - 1 - column : column) * block;
        let sum = 0;
        for (let y = row * block; y < (row + 1) * block; y++) {
          const at = (channel * side + y) * side + first;
          for (let x = 0; x < block; x++) sum += data[at + x];
        }
        out[to++] = sum * unit - 1;
      }
    }
  }
  return out;
}
