// Exchanges axes.
import { apply, type Op, type Tensor } from "../tensor.js";

interface TransposeAttrs {
  readonly axes: readonly number[];
}

const transposeOp: Op<TransposeAttrs> = {
  name: "transpose",
  shape([x], { axes }) {
    if (axes.length !== x.length || [...axes].sort((a, b) => a - b).some((a, i) => a !== i))
      throw new Error(`ops: transpose: axes must name each of ${x.length} axes once (got [${axes}])`);
    return axes.map((a) => x[a]);
  },
  gradient: (g, { attrs: { axes } }) => [
    transpose(
      g,
      axes.map((_, i) => axes.indexOf(i)),
    ),
  ],
  onnx: (graph, [x], { attrs }) => graph.node("Transpose", [x], { perm: attrs.axes }),
  view: ({ attrs: { axes } }) => axes.map((_, i) => ({ axis: axes.indexOf(i), shift: 0 })),
};

/** Axis i of the result is axis axes[i] of x; by default the last two are exchanged. */
export function transpose(x: Tensor, axes?: readonly number[]): Tensor {
  const r = x.shape.length;
  const order = axes ?? [...Array(r).keys()].map((i) => (i < r - 2 ? i : 2 * r - 3 - i));
  return order.every((a, i) => a === i) ? x : apply(transposeOp, [x], { axes: order });
}

/** If x is y with its last two axes exchanged, y. */
export function lastTwoSwapped(x: Tensor): Tensor | undefined {
  if (x.op !== transposeOp) return undefined;
  const { axes } = x.attrs as TransposeAttrs;
  const r = axes.length;
  const swapped = r >= 2 && axes.every((a, i) => a === (i < r - 2 ? i : 2 * r - 3 - i));
  return swapped ? x.inputs[0] : undefined;
}
