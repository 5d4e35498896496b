// Softmax over the last axis, and attention built on it.
import { kernel } from "../gpujs/kernel.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { mul, sub } from "./arithmetic.js";
import { matmul } from "./matmul.js";
import { sum } from "./reduce.js";

const softmaxOp: Op = {
  name: "softmax",
  shape: ([x]) => x,
  gradient: (g, y) => [mul(y, sub(g, sum(mul(g, y), [-1], { keepDims: true })))],
  onnx: (graph, inputs) => graph.node("Softmax", inputs, { axis: -1 }),
  kernel: ({ shape }) =>
    kernel(
      function softmax(x) {
        const i = this.thread.x;
        let row = Math.floor(i / this.constants.n);
        if (row * this.constants.n > i) row -= 1;
        if ((row + 1) * this.constants.n <= i) row += 1;
        const start = row * this.constants.n;
        let largest = x[start];
        for (let k = 1; k < this.constants.n; k++) {
          largest = Math.max(largest, x[start + k]);
        }
        let total = 0;
        for (let k = 0; k < this.constants.n; k++) {
          total += Math.exp(x[start + k] - largest);
        }
        return Math.exp(x[i] - largest) / total;
      },
      { n: shape[shape.length - 1] },
    ),
};

/** exp(x) / sum exp(x) over the last axis. */
export const softmax = (x: Tensor): Tensor => apply(softmaxOp, [x], {});

/**
 * Scaled dot-product attention, softmax(q k^T / sqrt(d)) v (Vaswani et al. 2017, Eq. 1).
 * q [..., n, d], k [..., m, d], v [..., m, e] -> [..., n, e].
 */
export function attention(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const d = q.shape[q.shape.length - 1];
  return matmul(softmax(matmul(q, k, { transB: true, alpha: 1 / Math.sqrt(d) })), v);
}
