// The sinusoidal embedding of a number, which networks take noise levels by (Vaswani et al. 2017; Dhariwal & Nichol 2021).

import type { Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";
import { concat } from "./concat.js";
import { reshape } from "./reshape.js";
import { constant } from "./source.js";
import { cos, sin } from "./unary.js";

const MAX_PERIOD = 10000;

/** [cos(t w), sin(t w)], w_j = 10000^(-j / (dim/2)): t [batch] -> [batch, dim]. */
export function sinusoid(t: Tensor, dim: number): Tensor {
  if (dim % 2 !== 0)
    throw new Error(`ops: sinusoid: as many cosines as sines (got a width of ${dim}, expected an even one)`);
  const half = dim / 2;
  const w = Float32Array.from({ length: half }, (_, j) => MAX_PERIOD ** (-j / half));
  const angle = mul(reshape(t, [-1, 1]), constant({ shape: [half], data: w }));
  return concat([cos(angle), sin(angle)], -1);
}
