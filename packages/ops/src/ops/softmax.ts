// Softmax over the last axis, and attention built on it.
import { apply, type Op, type Tensor } from "../tensor.js";
import { mul, sub } from "./arithmetic.js";
import { matmul } from "./matmul.js";
import { sum } from "./reduce.js";
import { logSumExp } from "./rows.js";
import { exp } from "./unary.js";

const softmaxOp: Op = {
  name: "softmax",
  shape: ([x]) => x,
  // Where a row of y is one-hot this is exactly 0, since its sum is the one g that it is subtracted from. Of the same worth
  // in attention is the sum of y's result times its gradient, over fewer numbers; but it differs from g in the last bits,
  // and large activations make gradients of them. It saves nothing that can be measured in a step.
  gradient: (g, y) => [mul(y, sub(g, sum(mul(g, y), [-1], { keepDims: true })))],
  onnx: (graph, inputs) => graph.node("Softmax", inputs, { axis: -1 }),
  expand: ({ inputs: [x] }) => exp(sub(x, logSumExp(x))),
};

/** exp(x) / sum exp(x) over the last axis. */
export const softmax = (x: Tensor): Tensor => apply(softmaxOp, [x], {});

/**
 * Scaled dot-product attention, softmax(q k^T / sqrt(d)) v (Vaswani et al. 2017, Eq. 1).
 * q [..., n, d], k [..., m, d], v [..., m, e] -> [..., n, e]. A transposed argument costs nothing.
 */
export function attention(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const d = q.shape[q.shape.length - 1];
  const scores = matmul(q, k, { transB: true, alpha: 1 / Math.sqrt(d) });
  return matmul(softmax(scores), v);
}
