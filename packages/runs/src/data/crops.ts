// What image functions of a batch are compared with where pictures keep their detail: whole images, and crops of larger ones.
import { type Dataset, readCrop } from "@imagefn/datasets";
import type { Random } from "@imagefn/ops";

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
  /** [batch, 4]: first row, first column, height and width of the whole. */
  readonly places: Float32Array;
}

/**
 * Crops of `size` pixels. With a probability of `share` an image is drawn at one of its larger sizes, size 2, size 4, .. up to its
 * own, all alike, and cut at a place that is drawn too. Else, and where it has no larger version, the crop is the whole
 * image. (Chen et al. 2024: crops of a randomly downsampled image.) Each sample has numbers of its own, so
 * that resumed and shared training draw the same crops.
 */
export const cropsWith =
  (share: number) =>
  (
    { size, larger }: Dataset,
    images: Float32Array,
    { indices, flips, drawn, first }: CroppedBatch,
  ): Crops => {
    const crops = images.slice();
    const places = new Float32Array(4 * indices.length);
    for (let b = 0; b < indices.length; b++) {
      const [chosen, level, down, across] = drawn.uniform(4, first + b);
      const picture = larger!.at(indices[b]);
      const levels = Math.log2(picture.side / size);
      if (chosen >= share || levels === 0) {
        places.set([0, 0, size, size], 4 * b);
        continue;
      }
      const whole = size * 2 ** (1 + Math.floor(level * levels));
      const [top, left] = [down, across].map((u) => Math.floor(u * (whole - size + 1)));
      const out = crops.subarray(b * 3 * size * size, (b + 1) * 3 * size * size);
      readCrop(picture, { whole, size, top, left, flip: Boolean(flips?.[b]) }, out);
      places.set([top, left, whole, whole], 4 * b);
    }
    return { crops, places };
  };
