// A tensor as equal runs of adjacent numbers, such as the planes of images: sums over runs, and one factor for each.

import { product } from "../lowering/product.js";
import type { OnnxGraph } from "../onnx/graph.js";
import { sameShape, size } from "../shape.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { add, mul } from "./arithmetic.js";
import { sum } from "./reduce.js";
import { reshape } from "./reshape.js";

/** x as [runs, length]. */
const apart = (x: Tensor, runs: number) => reshape(x, [runs, size(x.shape) / runs]);

/** Where runs are short, many small products cost more than the array that they save. */
const SHORT = 512;

const runDotOp: Op<{ readonly runs: number }> = {
  name: "runDot",
  shape([x, y], { runs }) {
    if (!sameShape(x, y) || size(x) % runs !== 0)
      throw new Error(`ops: runDot: no ${runs} equal runs in two tensors of one shape (got [${x}], [${y}])`);
    return [runs];
  },
  gradient: (g, { inputs: [x, y] }) => [scaleRuns(y, g), scaleRuns(x, g)],
  onnx(graph, [x, y], { inputs: [image], attrs: { runs } }) {
    const length = size(image.shape) / runs;
    if (graph.portable || graph.webgpu || length < SHORT) {
      const products = graph.node("Reshape", [graph.node("Mul", [x, y]), graph.int64([runs, length])]);
      return graph.node("ReduceSum", [products, graph.int64([1])], { keepdims: 0 });
    }
    const rows = (v: string) => graph.node("Reshape", [v, graph.int64([runs, 1, length])]);
    const dot = product(graph, [rows(x), rows(y)], { ranks: [3, 3], transB: true });
    return graph.node("Reshape", [dot, graph.int64([runs])]);
  },
  expand: ({ inputs: [x, y], attrs: { runs } }) => sum(mul(apart(x, runs), apart(y, runs)), [1]),
};

const scaleShiftOp: Op = {
  name: "scaleShift",
  shape([x, scale, shift]) {
    if (scale.length !== 1 || !sameShape(scale, shift) || size(x) % scale[0] !== 0)
      throw new Error(
        `ops: scaleShift: [${x}] has no equal runs for a scale [${scale}] and a shift [${shift}]`,
      );
    return x;
  },
  gradient: (g, { inputs: [x, scale] }) => [
    scaleRuns(g, scale),
    runDot(g, x, scale.shape[0]),
    sum(apart(g, scale.shape[0]), [1]),
  ],
  onnx(graph, [x, scale, shift], { inputs, shape }) {
    const runs = inputs[1].shape[0];
    const rows = graph.node("Reshape", [x, graph.int64([1, runs, size(shape) / runs])]);
    return graph.node("Reshape", [channelAffine(graph, rows, scale, shift, runs), graph.int64(shape)]);
  },
  expand({ inputs: [x, scale, shift] }) {
    const each = (v: Tensor) => reshape(v, [-1, 1]);
    return reshape(add(mul(apart(x, size(scale.shape)), each(scale)), each(shift)), x.shape);
  },
};

/** scale x + shift along axis 1, in one pass: batch normalisation by mean 0 and variance 1. */
export function channelAffine(
  graph: OnnxGraph,
  x: string,
  scale: string,
  shift: string,
  channels: number,
): string {
  const filled = (value: number) =>
    graph.memo(`${channels} times ${value}`, () => [
      graph.float(new Float32Array(channels).fill(value), [channels]),
    ])[0];
  return graph.node("BatchNormalization", [x, scale, shift, filled(0), filled(1)], { epsilon: { float: 0 } });
}

/** The sum over each of `runs` runs of x y: [runs]. */
export const runDot = (x: Tensor, y: Tensor, runs: number): Tensor => apply(runDotOp, [x, y], { runs });

/** scale x + shift, each [runs], with one number for each run of x. */
export const scaleShift = (x: Tensor, scale: Tensor, shift: Tensor): Tensor =>
  apply(scaleShiftOp, [x, scale, shift], {});

/** x times one number for each run, scale [runs]. */
const scaleRuns = (x: Tensor, scale: Tensor): Tensor =>
  reshape(mul(apart(x, scale.shape[0]), reshape(scale, [-1, 1])), x.shape);
