// Joins tensors along an axis.
import { axisOf, check } from "../shape.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";
import { pad, slice } from "./slice.js";

const concatOp: Op<{ readonly axis: number }> = {
  name: "concat",
  shape(shapes, { axis }) {
    const [a, b] = shapes;
    check(
      a.length === b.length && a.every((d, i) => i === axis || d === b[i]),
      "concat",
      `equal sizes on every axis but ${axis}`,
      shapes,
    );
    return a.map((d, i) => (i === axis ? d + b[i] : d));
  },
  gradient: (g, { inputs: [a, b], attrs: { axis } }) => [
    slice(g, axis, 0, a.shape[axis]),
    slice(g, axis, a.shape[axis], b.shape[axis]),
  ],
  onnx: (graph, inputs, { attrs }) => graph.node("Concat", inputs, { axis: attrs.axis }),
  expand: ({ inputs: [a, b], attrs: { axis } }) =>
    add(pad(a, axis, 0, b.shape[axis]), pad(b, axis, a.shape[axis], 0)),
};

/** The tensors one after another along `axis`. */
export function concat(xs: readonly Tensor[], axis = -1): Tensor {
  if (xs.length === 0) throw new Error("ops: concat: nothing to join (expected at least one tensor)");
  const a = axisOf("concat", axis, xs[0].shape.length);
  return xs.reduce((joined, x) => apply(concatOp, [joined, x], { axis: a }));
}
