// The affine layer y = x W^T + b.
import { kernel } from "../gpujs/kernel.js";
import { check } from "../shape.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { matmul } from "./matmul.js";
import { sum } from "./reduce.js";
import { reshape } from "./reshape.js";

const linearOp: Op = {
  name: "linear",
  shape(shapes) {
    const [x, w, b] = shapes;
    check(x[1] === w[1] && b[0] === w[0], "linear", "x [..., in], weight [out, in], bias [out]", shapes);
    return [x[0], w[0]];
  },
  gradient: (g, { inputs: [x, w] }) => [matmul(g, w), matmul(g, x, { transA: true }), sum(g, [0])],
  onnx: (graph, inputs) => graph.node("Gemm", inputs, { transB: 1 }),
  kernel: ({ inputs: [x, w] }) =>
    kernel(
      function linear(x, w, b) {
        const i = this.thread.x;
        let row = Math.floor(i / this.constants.n);
        if (row * this.constants.n > i) row -= 1;
        if ((row + 1) * this.constants.n <= i) row += 1;
        const column = i - row * this.constants.n;
        let y = b[column];
        for (let l = 0; l < this.constants.k; l++) {
          y += x[row * this.constants.k + l] * w[column * this.constants.k + l];
        }
        return y;
      },
      { n: w.shape[0], k: x.shape[1] },
    ),
};

/** The parameters of an affine layer: weight [out, in] and perhaps a bias [out]. */
export interface Linear<T = Tensor> {
  weight: T;
  bias?: T;
}

/** x W^T + b over the last axis: x [..., in] -> [..., out]. */
export function linear({ weight, bias }: Linear, x: Tensor): Tensor {
  const rank = x.shape.length;
  check(x.shape[rank - 1] === weight.shape[1], "linear", "x [..., in], weight [out, in]", [
    x.shape,
    weight.shape,
  ]);
  const rows = reshape(x, [-1, x.shape[rank - 1]]);
  const y = bias ? apply(linearOp, [rows, weight, bias], {}) : matmul(rows, weight, { transB: true });
  return reshape(y, [...x.shape.slice(0, -1), weight.shape[0]]);
}
