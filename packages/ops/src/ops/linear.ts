// The affine layer y = x W^T + b.
import { type KernelFunction, kernel } from "../gpujs/kernel.js";
import { layoutOf, matricesOf, type View } from "../gpujs/view.js";
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
  let y = b[this.constants.startB + column * this.constants.stepB];
  for (let l = 0; l < this.constants.k; l++) {
    y +=
      x[this.constants.startX + row * this.constants.rowX + l * this.constants.stepX] *
      w[this.constants.startW + column * this.constants.rowW + l * this.constants.stepW];
  }
  return y;
};

const fourOutputs: KernelFunction = function linear4(x, w, b) {
  const i = this.thread.x;
  let row = Math.floor(i / this.constants.columns);
  if (row * this.constants.columns > i) row -= 1;
  if ((row + 1) * this.constants.columns <= i) row += 1;
  const column = 4 * (i - row * this.constants.columns);
  const atB = this.constants.startB + column * this.constants.stepB;
  let y0 = b[atB];
  let y1 = b[atB + this.constants.stepB];
  let y2 = b[atB + 2 * this.constants.stepB];
  let y3 = b[atB + 3 * this.constants.stepB];
  for (let l = 0; l < this.constants.k; l++) {
    const s = x[this.constants.startX + row * this.constants.rowX + l * this.constants.stepX];
    const at = this.constants.startW + column * this.constants.rowW + l * this.constants.stepW;
    y0 += s * w[at];
    y1 += s * w[at + this.constants.rowW];
    y2 += s * w[at + 2 * this.constants.rowW];
    y3 += s * w[at + 3 * this.constants.rowW];
  }
  return [y0, y1, y2, y3];
};

/** Where the numbers of x, weight and bias lie; undefined where they lie in no plain rows. */
function placement({ inputs: [x, w, b] }: Tensor, views: readonly View[]) {
  const inX = matricesOf(views[0], x.shape);
  const inW = matricesOf(views[1], w.shape);
  const inB = layoutOf(views[2]);
  const [line] = inB.axes;
  if (!inX || !inW || inX.batch.length + inW.batch.length > 0) return undefined;
  if (inB.empty || inB.axes.length > 1 || line?.bounds || views[2].as.at(-1) !== b.shape[0]) return undefined;
  return {
    k: x.shape[1],
    startX: inX.offset,
    rowX: inX.row,
    stepX: inX.column,
    startW: inW.offset,
    rowW: inW.row,
    stepW: inW.column,
    startB: inB.offset,
    stepB: line?.step ?? 1,
  };
}

const linearOp: Op = {
  name: "linear",
  shape(shapes) {
    const [x, w, b] = shapes;
    check(x[1] === w[1] && b[0] === w[0], "linear", "x [..., in], weight [out, in], bias [out]", shapes);
    return [x[0], w[0]];
  },
  gradient: (g, { inputs: [x, w] }) => [matmul(g, w), matmul(g, x, { transA: true }), sum(g, [0])],
  onnx: (graph, inputs) => graph.node("Gemm", inputs, { transB: 1 }),
  strided: (y, views) => placement(y, views) !== undefined,
  kernel(y, views) {
    const [, n] = y.shape;
    const lanes = n % 4 === 0 ? 4 : 1;
    const constants = { ...placement(y, views)!, columns: n / lanes };
    return kernel(lanes === 4 ? fourOutputs : oneOutput, constants, lanes);
  },
  product(y, views) {
    const { k, ...at } = placement(y, views)!;
    const [m, n] = y.shape;
    const factor = (input: number, start: number, lines: number, row: number, step: number) => ({
      input,
      start,
      batches: [],
      lines: [{ size: lines, step: row }],
      ks: [{ size: k, step }],
    });
    return {
      m,
      n,
      k,
      alpha: 1,
      batches: [],
      a: factor(0, at.startX, m, at.rowX, at.stepX),
      b: factor(1, at.startW, n, at.rowW, at.stepW),
      bias: { input: 2, of: "b", start: at.startB, step: at.stepB },
      columns: [{ size: n, step: 1 }],
      row: n,
    };
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
