// What image functions of a batch are compared with where pictures keep their detail: whole images, and crops of larger ones.
import { type Dataset, readCrop } from "@imagefn/datasets";
import type { Random } from "@imagefn/ops";
import type { Config } from "../config/schema.js";

/** The images of a batch, and where the numbers of their crops come from. */
export interface CroppedBatch {
  readonly indices: ArrayLike<number>;
  readonly flips?: ArrayLike<number | boolean>;
  /** Numbers for each sample ever drawn. */
  readonly drawn: Random;
  /** Number of the first sample of the batch. */
  readonly first: number;
}

/** Crops and places of a batch, as `Batch` of @imagefn/consistency holds them. */
export interface Crops {
  /** [batch, 3, size, size] in [-1, 1] */
  readonly crops: Float32Array;
  /** [batch, 5]: first row, first column, height and width of the whole, and the step from pixel to pixel. */
  readonly places: Float32Array;
}

/** Numbers of a place. */
const PLACE = 5;

/**
 * `size` x `size` pixels of each image. With a probability of `detailShare` it is one of its larger versions, size 2, size 4, .. up
 * to its own side, all alike; else, and where it has none, the image itself. "crop" takes neighbouring pixels at a place that
 * is drawn too, as Chen et al. 2024 do (crops of a randomly downsampled image). "spread" takes pixels all over the image, as far
 * apart as it is larger, from a first one that is drawn: each step sees all of the image then. Each sample has numbers of its
 * own, so that resumed and shared training draw the same.
 */
export const cropsWith =
  ({ detailShare, detailPoints }: Pick<Config["data"], "detailShare" | "detailPoints">) =>
  (
    { size, larger }: Dataset,
    images: Float32Array,
    { indices, flips, drawn, first }: CroppedBatch,
  ): Crops => {
    const crops = images.slice();
    const places = new Float32Array(PLACE * indices.length);
    for (let b = 0; b < indices.length; b++) {
      const [chosen, level, down, across] = drawn.uniform(4, first + b);
      const picture = larger!.at(indices[b]);
      const levels = Math.log2(picture.side / size);
      if (chosen >= detailShare || levels === 0) {
        places.set([0, 0, size, size, 1], PLACE * b);
        continue;
      }
      const factor = 2 ** (1 + Math.floor(level * levels));
      const whole = size * factor;
      const step = detailPoints === "spread" ? factor : 1;
      const choices = whole - (size - 1) * step;
      const [top, left] = [down, across].map((u) => Math.floor(u * choices));
      const out = crops.subarray(b * 3 * size * size, (b + 1) * 3 * size * size);
      readCrop(picture, { whole, size, top, left, step, flip: Boolean(flips?.[b]) }, out);
      places.set([top, left, whole, whole, step], PLACE * b);
    }
    return { crops, places };
  };
