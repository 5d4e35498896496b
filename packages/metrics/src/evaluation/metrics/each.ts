// The pictures of a batch one by one, for metrics that look at single pictures or pairs.
import type { ImageBatch } from "../../networks/images.js";
import type { Picture } from "../../picture.js";

/** The pictures of a batch, planar numbers as in the batch. */
export function picturesOf({ shape: [n, , height, width], data }: ImageBatch): Picture[] {
  const each = 3 * height * width;
  return Array.from({ length: n }, (_, i) => ({
    width,
    height,
    data: data.subarray(i * each, (i + 1) * each),
  }));
}

/** A number of each pair of two batches. */
export const eachPair =
  (measure: (a: Picture, b: Picture) => number) =>
  async (batch: ImageBatch, other?: ImageBatch): Promise<number[]> => {
    const others = picturesOf(other!);
    return picturesOf(batch).map((picture, i) => measure(picture, others[i]));
  };
