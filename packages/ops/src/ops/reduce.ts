// Sum, mean and largest over axes; and repetition along axes, which is the transpose of the sum.
import { broadcastCoordinates } from "../gpujs/view.js";
import { axisOf, broadcast, check, type Shape, sameShape, size } from "../shape.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { div, mul, sub } from "./arithmetic.js";
import { greater } from "./compare.js";
import { reshape } from "./reshape.js";

/** A run of adjacent axes, first to last, which becomes one axis of size 1 each. */
interface Run {
  readonly first: number;
  readonly last: number;
}

const reduced = (x: Shape, { first, last }: Run): Shape => x.map((d, i) => (i >= first && i <= last ? 1 : d));
const axesOf = ({ first, last }: Run): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** x seen as [outer, n, inner], n being the reduced run. */
const layout = (x: Shape, { first, last }: Run) => ({
  n: size(x.slice(first, last + 1)),
  inner: size(x.slice(last + 1)),
});

const sumOp: Op<Run> = {
  name: "sum",
  shape: ([x], run) => reduced(x, run),
  gradient: (g, { inputs: [x] }) => [broadcastTo(g, x.shape)],
  onnx: (graph, [x], { attrs }) => graph.node("ReduceSum", [x, graph.int64(axesOf(attrs))], { keepdims: 1 }),
  fold: ({ inputs: [x], attrs }) => ({
    ...layout(x.shape, attrs),
    start: 0,
    combine: (total, number) => `${total} + ${number}`,
  }),
  expand: inParts,
};

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

const maxOp: Op<Run> = {
  name: "max",
  shape: ([x], run) => reduced(x, run),
  // Equal largest cells share the gradient.
  gradient(g, y) {
    const [x] = y.inputs;
    const isLargest = sub(1, greater(y, x));
    return [mul(isLargest, div(g, reduce(sumOp, isLargest, [y.attrs])))];
  },
  onnx: (graph, [x], { attrs }) => graph.node("ReduceMax", [x, graph.int64(axesOf(attrs))], { keepdims: 1 }),
  fold: ({ inputs: [x], attrs }) => ({
    ...layout(x.shape, attrs),
    start: -3.4e38,
    combine: (total, number) => `Math.max(${total}, ${number})`,
  }),
};

/** Where a thread would add up this many numbers, and fewer than so many threads would, they are added in two passes. */
const MANY = 1024;

/** A long sum as sums of its parts. */
function inParts({ inputs: [x], attrs, shape }: Tensor<Run>): Tensor | undefined {
  const { n, inner } = layout(x.shape, attrs);
  if (n < MANY || size(shape) > MANY) return undefined;
  const parts = Array.from({ length: Math.floor(Math.sqrt(n)) }, (_, i) => i + 1).findLast(
    (d) => n % d === 0,
  )!;
  if (parts < 8) return undefined;
  const apart = reshape(x, [-1, parts, n / parts, inner]);
  return reshape(sum(sum(apart, [2]), [1]), shape);
}

const reduce = (op: Op<Run>, x: Tensor, runs: readonly Run[]): Tensor =>
  runs.reduce((y, run) => apply(op, [y], run), x);

/** Adjacent axes together, last first, so that no run moves the cells of another. */
function runsOf(name: string, x: Tensor, axes: readonly number[]): Run[] {
  const sorted = [...new Set(axes.map((a) => axisOf(name, a, x.shape.length)))].sort((a, b) => a - b);
  const runs: { first: number; last: number }[] = [];
  for (const a of sorted) {
    const run = runs.at(-1);
    if (run && run.last === a - 1) run.last = a;
    else runs.push({ first: a, last: a });
  }
  return runs.reverse();
}

/** What remains of the axes that `sum`, `mean` and `max` reduce. */
export interface ReduceOptions {
  /** Keep reduced axes with size 1. */
  readonly keepDims?: boolean;
}

function over(
  op: Op<Run>,
  x: Tensor,
  axes: readonly number[] | undefined,
  { keepDims = false }: ReduceOptions,
): Tensor {
  const all = axes ?? x.shape.map((_, i) => i);
  const y = reduce(op, x, runsOf(op.name, x, all));
  if (keepDims) return y;
  const gone = new Set(all.map((a) => axisOf(op.name, a, x.shape.length)));
  return reshape(
    y,
    x.shape.filter((_, i) => !gone.has(i)),
  );
}

/** Sum over `axes` (all by default). */
export const sum = (x: Tensor, axes?: readonly number[], options: ReduceOptions = {}): Tensor =>
  over(sumOp, x, axes, options);

/** Largest over `axes` (all by default). Equal largest cells share the gradient. */
export const max = (x: Tensor, axes?: readonly number[], options: ReduceOptions = {}): Tensor =>
  over(maxOp, x, axes, options);

/** Mean over `axes` (all by default). */
export function mean(x: Tensor, axes?: readonly number[], options: ReduceOptions = {}): Tensor {
  const y = sum(x, axes, options);
  return mul(y, size(y.shape) / size(x.shape));
}

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
