// Features divided by their length, as cosines and CLIP's distances take them.
import { ImagefnError } from "@imagefn/base";
import type { Features } from "./features.js";
import type { Rows } from "./innerProducts.js";

/**
 * Rows of length 1.
 * @param first number of the first image, for the message
 * @throws ImagefnError `invalid-data` for a row of length 0
 */
export function unitRows(what: string, { data }: Features, dims: number, first = 0): Rows {
  const count = data.length / dims;
  const scales = Float64Array.from({ length: count }, (_, i) => {
    let squares = 0;
    for (let j = 0; j < dims; j++) squares += data[i * dims + j] ** 2;
    if (!(squares > 0))
      throw new ImagefnError(
        "invalid-data",
        `metrics: ${what}: the features of image ${first + i} have the length 0`,
      );
    return 1 / Math.sqrt(squares);
  });
  return {
    count,
    read(out, start, n) {
      for (let i = 0; i < n; i++) {
        const from = (start + i) * dims;
        for (let j = 0; j < dims; j++) out[i * dims + j] = data[from + j] * scales[start + i];
      }
    },
  };
}
