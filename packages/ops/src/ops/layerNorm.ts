// Normalisation to mean 0 and variance 1 over the last axis.

import type { OnnxGraph } from "../onnx/graph.js";
import type { Shape } from "../shape.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { add, mul, sub } from "./arithmetic.js";
import { mean } from "./reduce.js";
import { moments } from "./rows.js";

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
  expand({ inputs: [x], attrs: { eps } }) {
    const { mean, inverseStd } = moments(x, eps);
    return mul(sub(x, mean), inverseStd);
  },
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
  expand: ({ inputs: [x], attrs: { eps } }) => moments(x, eps).inverseStd,
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
