// The images of a data set as a source.
import { type Dataset, readBytes } from "@imagefn/datasets";
import { BATCH, type ImageSource } from "./source.js";

/**
 * The images of a data set of `@imagefn/datasets`, prepared as for training, in their own order and not mirrored.
 * @param about what a report says of them
 * @param part what messages call them
 */
export const dataSource = (
  data: Dataset,
  about: Readonly<Record<string, unknown>> = {},
  part: "training" | "held-out" = "training",
): ImageSource => ({
  name: `${data.count} ${part} images of ${data.name}`,
  count: data.count,
  about: { ...about, part, size: data.size },
  async *batches(count) {
    for (let first = 0; first < count; first += BATCH) {
      const n = Math.min(BATCH, count - first);
      const indices = Array.from({ length: n }, (_, i) => first + i);
      yield { shape: [n, 3, data.size, data.size], data: readBytes(data, indices) };
    }
  },
});
