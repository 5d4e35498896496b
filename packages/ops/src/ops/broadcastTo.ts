// Repeats a tensor along axes, and its transpose: sums back to a smaller shape.
import { broadcastCoordinates } from "../gpujs/view.js";
import { broadcast, check, sameShape } from "../shape.js";
import { apply, type Op, type Shape, type Tensor } from "../tensor.js";
import { sum } from "./reduce.js";
import { reshape } from "./reshape.js";

const broadcastToOp: Op<{ readonly shape: Shape }> = {
  name: "broadcastTo",
  shape([x], { shape }) {
    check(
      sameShape(broadcast("broadcastTo", [x, shape]), shape),
      "broadcastTo",
      `a shape that repeats to [${shape}]`,
      [x],
    );
    return shape;
  },
  gradient: (g, { inputs: [x] }) => [sumTo(g, x.shape)],
  onnx: (graph, [x], y) => graph.node("Expand", [x, graph.int64(y.shape)]),
  view: ({ inputs: [x], shape }) => broadcastCoordinates(x.shape, shape),
};

/** x repeated to `shape` by the rules of numpy. */
export const broadcastTo = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : apply(broadcastToOp, [x], { shape: [...shape] });

/** The sum of x over the axes along which `shape` would be repeated to give x's. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((d, i) => (i < lead || (shape[i - lead] === 1 && d !== 1) ? [i] : []));
  return reshape(sum(x, axes), shape);
}
