// A box cut out of a tensor, and the reverse: a tensor set into zeros.

import { kernel } from "../gpujs/kernel.js";
import { stridedKernel } from "../gpujs/strided.js";
import { axisOf, show, strides } from "../shape.js";
import { apply, type Op, type Tensor } from "../tensor.js";

interface Box {
  readonly axis: number;
  readonly start: number;
  readonly length: number;
}

const sliceOp: Op<Box> = {
  name: "slice",
  shape([x], { axis, start, length }) {
    if (!(start >= 0 && length >= 1 && start + length <= x[axis]))
      throw new Error(`ops: slice: ${start} to ${start + length} is outside axis ${axis} of ${show(x)}`);
    return x.map((d, i) => (i === axis ? length : d));
  },
  gradient: (g, { inputs: [x], attrs: { axis, start, length } }) => [
    pad(g, axis, start, x.shape[axis] - start - length),
  ],
  onnx: (graph, [x], { attrs: { axis, start, length } }) =>
    graph.node("Slice", [x, graph.int64([start]), graph.int64([start + length]), graph.int64([axis])]),
  kernel({ inputs: [x], shape, attrs: { axis, start } }) {
    const s = strides(x.shape);
    return stridedKernel(shape, s, start * s[axis]);
  },
};

/** `length` cells of x along `axis` from `start`. */
export function slice(x: Tensor, axis: number, start: number, length: number): Tensor {
  const a = axisOf("slice", axis, x.shape.length);
  return length === x.shape[a] && start === 0 ? x : apply(sliceOp, [x], { axis: a, start, length });
}

/** x cut along an axis into equal parts. */
export function split(x: Tensor, parts: number, axis = -1): Tensor[] {
  const n = x.shape[axisOf("split", axis, x.shape.length)] / parts;
  if (!Number.isInteger(n))
    throw new Error(`ops: split: axis ${axis} of ${show(x.shape)} has no ${parts} equal parts`);
  return Array.from({ length: parts }, (_, i) => slice(x, axis, i * n, n));
}

interface Margin {
  readonly axis: number;
  readonly before: number;
  readonly after: number;
}

const padOp: Op<Margin> = {
  name: "pad",
  shape([x], { axis, before, after }) {
    if (!(before >= 0 && after >= 0))
      throw new Error(`ops: pad: margins must be >= 0 (got ${before}, ${after})`);
    return x.map((d, i) => (i === axis ? before + d + after : d));
  },
  gradient: (g, { inputs: [x], attrs: { axis, before } }) => [slice(g, axis, before, x.shape[axis])],
  onnx(graph, [x], { shape, attrs: { axis, before, after } }) {
    const margin = shape
      .map((_, i) => (i === axis ? before : 0))
      .concat(shape.map((_, i) => (i === axis ? after : 0)));
    return graph.node("Pad", [x, graph.int64(margin)], { mode: "constant" });
  },
  kernel({ inputs: [x], shape, attrs: { axis, before } }) {
    const inner = strides(shape)[axis];
    return kernel(
      function pad(x) {
        const i = this.thread.x;
        let line = Math.floor(i / this.constants.inner);
        if (line * this.constants.inner > i) line -= 1;
        if ((line + 1) * this.constants.inner <= i) line += 1;
        const column = i - line * this.constants.inner;
        let outer = Math.floor(line / this.constants.padded);
        if (outer * this.constants.padded > line) outer -= 1;
        if ((outer + 1) * this.constants.padded <= line) outer += 1;
        const row = line - outer * this.constants.padded;
        let y = 0;
        if (row >= this.constants.before && row < this.constants.before + this.constants.size) {
          y = x[(outer * this.constants.size + row - this.constants.before) * this.constants.inner + column];
        }
        return y;
      },
      { inner, padded: shape[axis], before, size: x.shape[axis] },
    );
  },
};

/** x with zeros before and after it along `axis`. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  const a = axisOf("pad", axis, x.shape.length);
  return before === 0 && after === 0 ? x : apply(padOp, [x], { axis: a, before, after });
}
