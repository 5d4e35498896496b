// Normalisation to mean 0 and variance 1 over the last axis.
import { kernel } from "../gpujs/kernel.js";
import type { OnnxGraph } from "../onnx/graph.js";
import { apply, type Op, type Shape, type Tensor } from "../tensor.js";
import { add, mul, sub } from "./arithmetic.js";
import { mean } from "./reduce.js";

interface Epsilon {
  readonly eps: number;
}

/** One LayerNormalization node gives both the normalised rows and their inverse standard deviation. */
const normalizeNode = (graph: OnnxGraph, x: string, shape: Shape, eps: number): string[] =>
  graph.memo(`layerNorm ${x} ${eps}`, () => {
    const n = shape[shape.length - 1];
    const ones = graph.float(new Float32Array(n).fill(1), [n]);
    return graph.nodes(
      "LayerNormalization",
      [x, ones],
      { axis: -1, epsilon: { float: eps } },
      { outputs: 3 },
    );
  });

const normalizeOp: Op<Epsilon> = {
  name: "normalize",
  shape: ([x]) => x,
  // dx = s (g - mean(g) - y mean(g y)), s the inverse standard deviation
  gradient(g, y) {
    const along = (v: Tensor) => mean(v, [-1], { keepDims: true });
    const s = apply(inverseStdOp, y.inputs, y.attrs);
    return [mul(s, sub(sub(g, along(g)), mul(y, along(mul(g, y)))))];
  },
  onnx: (graph, [x], { shape, attrs }) => normalizeNode(graph, x, shape, attrs.eps)[0],
  kernel: ({ shape, attrs }) =>
    kernel(
      function normalize(x) {
        const i = this.thread.x;
        let row = Math.floor(i / this.constants.n);
        if (row * this.constants.n > i) row -= 1;
        if ((row + 1) * this.constants.n <= i) row += 1;
        const start = row * this.constants.n;
        let total = 0;
        for (let k = 0; k < this.constants.n; k++) {
          total += x[start + k];
        }
        const average = total / this.constants.n;
        let squares = 0;
        for (let k = 0; k < this.constants.n; k++) {
          squares += (x[start + k] - average) * (x[start + k] - average);
        }
        return (x[i] - average) / Math.sqrt(squares / this.constants.n + this.constants.eps);
      },
      { n: shape[shape.length - 1], eps: attrs.eps },
    ),
};

/** 1 / sqrt(variance + eps) over the last axis, kept with size 1. */
const inverseStdOp: Op<Epsilon> = {
  name: "inverseStd",
  shape: ([x]) => [...x.slice(0, -1), 1],
  // ds/dx = -s^2 y / n, y the normalised x
  gradient(g, s) {
    const [x] = s.inputs;
    const y = apply(normalizeOp, [x], s.attrs);
    return [mul(mul(g, mul(mul(s, s), -1 / x.shape[x.shape.length - 1])), y)];
  },
  onnx: (graph, [x], { inputs, attrs }) => normalizeNode(graph, x, inputs[0].shape, attrs.eps)[2],
  kernel: ({ inputs: [x], attrs }) =>
    kernel(
      function inverseStd(x) {
        const start = this.thread.x * this.constants.n;
        let total = 0;
        for (let k = 0; k < this.constants.n; k++) {
          total += x[start + k];
        }
        const average = total / this.constants.n;
        let squares = 0;
        for (let k = 0; k < this.constants.n; k++) {
          squares += (x[start + k] - average) * (x[start + k] - average);
        }
        return 1 / Math.sqrt(squares / this.constants.n + this.constants.eps);
      },
      { n: x.shape[x.shape.length - 1], eps: attrs.eps },
    ),
};

/** The scale and shift after a normalisation, each [width]. */
export interface Affine<T = Tensor> {
  weight: T;
  bias: T;
}

/** (x - mean) / sqrt(variance + eps) over the last axis (biased variance), then scale and shift if given. */
export function layerNorm(x: Tensor, { eps = 1e-5, affine }: { eps?: number; affine?: Affine } = {}): Tensor {
  const y = apply(normalizeOp, [x], { eps });
  return affine ? add(mul(y, affine.weight), affine.bias) : y;
}
