// The same numbers in the same order with another shape, and x with no gradient.
import { type Shape, show, size } from "../shape.js";
import { apply, type Op, type Tensor } from "../tensor.js";

const reshapeOp: Op<{ readonly shape: Shape }> = {
  name: "reshape",
  shape([x], { shape }) {
    if (size(x) !== size(shape))
      throw new Error(
        `ops: reshape: ${show(x)} holds ${size(x)} numbers (expected ${size(shape)} for ${show(shape)})`,
      );
    return shape;
  },
  gradient: (g, { inputs: [x] }) => [reshape(g, x.shape)],
  onnx: (graph, [x], y) => graph.node("Reshape", [x, graph.int64(y.shape)]),
};

/** x with another shape; one size may be -1, which takes what is left. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.reduce((n, d) => (d === -1 ? n : n * d), 1);
  const full = shape.map((d) => (d === -1 ? size(x.shape) / known : d));
  if (full.length === x.shape.length && full.every((d, i) => d === x.shape[i])) return x;
  const from = x.op === reshapeOp ? x.inputs[0] : x;
  return apply(reshapeOp, [from], { shape: full });
}

const stopGradientOp: Op = {
  name: "stopGradient",
  shape: ([x]) => x,
  gradient: () => [undefined],
  onnx: (_, [x]) => x,
};

/** x, through which no gradient flows. */
export const stopGradient = (x: Tensor): Tensor => apply(stopGradientOp, [x], {});
