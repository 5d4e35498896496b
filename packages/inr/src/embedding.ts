// Positional embedding of coordinates: sines and cosines of rising frequency.
import { concat, constant, cos, matmul, sin, type Tensor } from "@imagefn/ops";
import { frequencies } from "./frequencies.js";

/**
 * [cos(pi v), sin(pi v)], v = (row w_0 .., column w_0 ..).
 * coordinates [..., 2] (row, column) -> [..., 2 peDim]. Arguments reach pi peSigma, so this is float32 work at least.
 */
export function positionalEmbedding(
  coordinates: Tensor,
  options: { peDim: number; peSigma: number },
): Tensor {
  const w = frequencies(options);
  const n = w.length;
  // A [2, peDim] matrix spreads both coordinates over their frequencies in one product.
  const spread = new Float32Array(4 * n);
  for (let k = 0; k < n; k++) {
    spread[k] = Math.PI * w[k];
    spread[2 * n + n + k] = Math.PI * w[k];
  }
  const v = matmul(coordinates, constant({ shape: [2, 2 * n], data: spread }));
  return concat([cos(v), sin(v)], -1);
}
