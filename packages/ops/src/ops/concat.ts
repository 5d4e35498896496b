// Joins tensors along an axis.
import { kernel } from "../gpujs/kernel.js";
import { axisOf, check, strides } from "../shape.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { slice } from "./slice.js";

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
  kernel({ inputs: [a, b], shape, attrs: { axis } }) {
    return kernel(
      function concat(a, b) {
        const i = this.thread.x;
        let line = Math.floor(i / this.constants.inner);
        if (line * this.constants.inner > i) line -= 1;
        if ((line + 1) * this.constants.inner <= i) line += 1;
        const column = i - line * this.constants.inner;
        let outer = Math.floor(line / this.constants.size);
        if (outer * this.constants.size > line) outer -= 1;
        if ((outer + 1) * this.constants.size <= line) outer += 1;
        const row = line - outer * this.constants.size;
        let y = 0;
        if (row < this.constants.sizeA) {
          y = a[(outer * this.constants.sizeA + row) * this.constants.inner + column];
        } else {
          y = b[(outer * this.constants.sizeB + row - this.constants.sizeA) * this.constants.inner + column];
        }
        return y;
      },
      { inner: strides(shape)[axis], size: shape[axis], sizeA: a.shape[axis], sizeB: b.shape[axis] },
    );
  },
};

/** The tensors one after another along `axis`. */
export function concat(xs: readonly Tensor[], axis = -1): Tensor {
  if (xs.length === 0) throw new Error("ops: concat: nothing to join (expected at least one tensor)");
  const a = axisOf("concat", axis, xs[0].shape.length);
  return xs.reduce((joined, x) => apply(concatOp, [joined, x], { axis: a }));
}
