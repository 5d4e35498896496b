// Rows of a table by number, as for class labels.
import type { Tensor } from "../tensor.js";
import { sub } from "./arithmetic.js";
import { greater } from "./compare.js";
import { matmul } from "./matmul.js";
import { reshape } from "./reshape.js";
import { constant } from "./source.js";
import { abs } from "./unary.js";

/** 1 at each index, else 0: index [...] of whole numbers -> [..., n]. An index outside 0..n-1 gives a row of zeros. */
export function oneHot(index: Tensor, n: number): Tensor {
  const numbers = constant({ shape: [n], data: Float32Array.from({ length: n }, (_, i) => i) });
  return greater(0.5, abs(sub(reshape(index, [...index.shape, 1]), numbers)));
}

/** Rows of a table [n, width] by index [...] -> [..., width], as a product with one-hot rows: meant for small n. */
export const gather = (table: Tensor, index: Tensor): Tensor => matmul(oneHot(index, table.shape[0]), table);
