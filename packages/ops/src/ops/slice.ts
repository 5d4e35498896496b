// A box cut out of a tensor, and the reverse: a tensor set into zeros.
import { axisOf, show } from "../shape.js";
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
  view: ({ shape, attrs: { axis, start } }) =>
    shape.map((_, i) => ({ axis: i, shift: i === axis ? start : 0 })),
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
  view: ({ shape, attrs: { axis, before } }) =>
    shape.map((_, i) => ({ axis: i, shift: i === axis ? -before : 0 })),
};

/** x with zeros before and after it along `axis`. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  const a = axisOf("pad", axis, x.shape.length);
  return before === 0 && after === 0 ? x : apply(padOp, [x], { axis: a, before, after });
}
