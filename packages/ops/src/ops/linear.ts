// The affine layer y = x W^T + b.
import { type KernelFunction, kernel } from "../gpujs/kernel.js";
import { check } from "../shape.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { matmul } from "./matmul.js";
import { sum } from "./reduce.js";
import { reshape } from "./reshape.js";

const oneOutput: KernelFunction = function linear(x, w, b) {
  const i = this.thread.x;
  let row = Math.floor(i / this.constants.columns);
  if (row * this.constants.columns > i) row -= 1;
  if ((row + 1) * this.constants.columns <= i) row += 1;
  const column = i - row * this.constants.columns;
  let y = b[column];
  for (let l = 0; l < this.constants.k; l++) {
    y += x[row * this.constants.k + l] * w[column * this.constants.k + l];
  }
  return y;
};

const fourOutputs: KernelFunction = function linear4(x, w, b) {
  const i = this.thread.x;
  let row = Math.floor(i / this.constants.columns);
  if (row * this.constants.columns > i) row -= 1;
  if ((row + 1) * this.constants.columns <= i) row += 1;
  const column = 4 * (i - row * this.constants.columns);
  let y0 = b[column];
  let y1 = b[column + 1];
  let y2 = b[column + 2];
  let y3 = b[column + 3];
  for (let l = 0; l < this.constants.k; l++) {
    const s = x[row * this.constants.k + l];
    const at = column * this.constants.k + l;
    y0 += s * w[at];
    y1 += s * w[at + this.constants.k];
    y2 += s * w[at + 2 * this.constants.k];
    y3 += s * w[at + 3 * this.constants.k];
  }
  return [y0, y1, y2, y3];
};

const linearOp: Op = {
  name: "linear",
  shape(shapes) {
    const [x, w, b] = shapes;
    check(x[1] === w[1] && b[0] === w[0], "linear", "x [..., in], weight [out, in], bias [out]", shapes);
    return [x[0], w[0]];
  },
  gradient: (g, { inputs: [x, w] }) => [matmul(g, w), matmul(g, x, { transA: true }), sum(g, [0])],
  onnx: (graph, inputs) => graph.node("Gemm", inputs, { transB: 1 }),
  kernel({ inputs: [, w] }) {
    const [n, k] = w.shape;
    const lanes = n % 4 === 0 ? 4 : 1;
    return kernel(lanes === 4 ? fourOutputs : oneOutput, { columns: n / lanes, k: k }, lanes);
  },
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
