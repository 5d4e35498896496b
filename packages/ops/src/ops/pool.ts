// Average and max pooling of [batch, channels, height, width].
import { kernel } from "../gpujs/kernel.js";
import { check } from "../shape.js";
import { apply, type Op, type Shape, type Tensor } from "../tensor.js";
import { add, mul, sub } from "./arithmetic.js";
import { greater } from "./compare.js";
import { conv2d, convTranspose2d } from "./conv2d.js";
import { reshape } from "./reshape.js";
import { upsampleNearest } from "./resize.js";
import { pad as padAxis } from "./slice.js";
import { constant } from "./source.js";

interface PoolAttrs {
  readonly size: number;
  readonly stride: number;
}

const poolShape =
  (name: string) =>
  (shapes: readonly Shape[], { size, stride }: PoolAttrs) => {
    const [x] = shapes;
    check(
      x.length === 4 && x[2] >= size && x[3] >= size,
      name,
      `[batch, channels, height, width] of at least ${size} x ${size}`,
      shapes,
    );
    return [x[0], x[1], Math.floor((x[2] - size) / stride) + 1, Math.floor((x[3] - size) / stride) + 1];
  };

const onnxAttrs = ({ size, stride }: PoolAttrs) => ({
  kernel_shape: [size, size],
  strides: [stride, stride],
});
const constants = (x: Shape, y: Shape, { size, stride }: PoolAttrs) => ({
  height: x[2],
  width: x[3],
  oh: y[2],
  ow: y[3],
  size,
  stride,
});

/** Each channel as an image of its own. */
const channelsApart = (x: Tensor) => reshape(x, [-1, 1, x.shape[2], x.shape[3]]);

/** A window's cells as channels: kernel [size^2, 1, size, size] of ones at one cell each. */
function cells(size: number): Tensor {
  const n = size * size;
  const data = new Float32Array(n * n);
  for (let i = 0; i < n; i++) data[i * n + i] = 1;
  return constant({ shape: [n, 1, size, size], data });
}

/** Adds window cells [b c, size^2, oh, ow] back to the images they came from. */
function scatter(windows: Tensor, x: Tensor, { size, stride }: PoolAttrs): Tensor {
  let y = convTranspose2d(windows, cells(size), { stride });
  for (const axis of [2, 3]) y = padAxis(y, axis, 0, x.shape[axis] - y.shape[axis]);
  return reshape(y, x.shape);
}

/** Columns up to which a product with a constant matrix is faster than ONNX Runtime's AveragePool. */
const WIDEST = 64;

const avgPoolOp: Op<PoolAttrs> = {
  name: "avgPool2d",
  shape: poolShape("avgPool2d"),
  gradient(g, { inputs: [x], attrs }) {
    const { size, stride } = attrs;
    const share = mul(g, 1 / (size * size));
    if (size === stride && x.shape[2] % size === 0 && x.shape[3] % size === 0)
      return [upsampleNearest(share, size)];
    const kernelOfOnes = constant({ shape: [1, 1, size, size], data: new Float32Array(size * size).fill(1) });
    let y = convTranspose2d(channelsApart(share), kernelOfOnes, { stride });
    for (const axis of [2, 3]) y = padAxis(y, axis, 0, x.shape[axis] - y.shape[axis]);
    return [reshape(y, x.shape)];
  },
  onnx(graph, inputs, { inputs: [x], shape, attrs }) {
    const [, , h, w] = x.shape;
    const { size, stride } = attrs;
    if (size !== stride || h % size !== 0 || w % size !== 0 || w > WIDEST)
      return graph.node("AveragePool", inputs, onnxAttrs(attrs));
    // The rows of a window lie one after another: as one line, times a matrix that says which columns fall into which mean.
    const line = size * w;
    const share = new Float32Array((line * w) / size);
    for (let i = 0; i < line; i++) share[(i * w) / size + Math.floor((i % w) / size)] = 1 / (size * size);
    const lines = graph.node("Reshape", [inputs[0], graph.int64([-1, line])]);
    const means = graph.node("MatMul", [lines, graph.float(share, [line, w / size])]);
    return graph.node("Reshape", [means, graph.int64(shape)]);
  },
  kernel: ({ inputs: [x], shape, attrs }) =>
    kernel(
      function avgPool2d(x) {
        const thread = this.thread.x;
        let line = Math.floor(thread / this.constants.ow);
        if (line * this.constants.ow > thread) line -= 1;
        if ((line + 1) * this.constants.ow <= thread) line += 1;
        const column = (thread - line * this.constants.ow) * this.constants.stride;
        let image = Math.floor(line / this.constants.oh);
        if (image * this.constants.oh > line) image -= 1;
        if ((image + 1) * this.constants.oh <= line) image += 1;
        const row = (line - image * this.constants.oh) * this.constants.stride;
        let y = 0;
        for (let i = 0; i < this.constants.size; i++) {
          for (let j = 0; j < this.constants.size; j++) {
            y += x[(image * this.constants.height + row + i) * this.constants.width + column + j];
          }
        }
        return y / (this.constants.size * this.constants.size);
      },
      constants(x.shape, shape, attrs),
    ),
};

const maxPoolOp: Op<PoolAttrs> = {
  name: "maxPool2d",
  shape: poolShape("maxPool2d"),
  // The gradient goes to the first largest cell of each window, in reading order.
  gradient(g, y) {
    const [x] = y.inputs;
    const { size, stride } = y.attrs;
    const n = size * size;
    const windows = conv2d(channelsApart(x), cells(size), { stride });
    const isLargest = sub(1, greater(channelsApart(y), windows));
    const earlier = new Float32Array(n * n);
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) earlier[i * n + j] = 1;
    const taken = conv2d(isLargest, constant({ shape: [n, n, 1, 1], data: earlier }));
    const first = mul(isLargest, sub(1, greater(taken, 0.5)));
    return [scatter(mul(first, channelsApart(g)), x, y.attrs)];
  },
  onnx: (graph, inputs, { attrs }) => graph.node("MaxPool", inputs, onnxAttrs(attrs)),
  kernel: ({ inputs: [x], shape, attrs }) =>
    kernel(
      function maxPool2d(x) {
        const thread = this.thread.x;
        let line = Math.floor(thread / this.constants.ow);
        if (line * this.constants.ow > thread) line -= 1;
        if ((line + 1) * this.constants.ow <= thread) line += 1;
        const column = (thread - line * this.constants.ow) * this.constants.stride;
        let image = Math.floor(line / this.constants.oh);
        if (image * this.constants.oh > line) image -= 1;
        if ((image + 1) * this.constants.oh <= line) image += 1;
        const row = (line - image * this.constants.oh) * this.constants.stride;
        let y = x[(image * this.constants.height + row) * this.constants.width + column];
        for (let i = 0; i < this.constants.size; i++) {
          for (let j = 0; j < this.constants.size; j++) {
            y = Math.max(y, x[(image * this.constants.height + row + i) * this.constants.width + column + j]);
          }
        }
        return y;
      },
      constants(x.shape, shape, attrs),
    ),
};

export interface PoolOptions {
  /** Step between windows; the window's size by default. */
  readonly stride?: number;
  /** Cells around the image that count for nothing: not in the mean, never the largest. */
  readonly pad?: number;
}

/** Surrounds the images with `value`. */
function surround(x: Tensor, margin: number, value: number): Tensor {
  if (margin === 0) return x;
  const framed = padAxis(padAxis(x, 2, margin, margin), 3, margin, margin);
  if (value === 0) return framed;
  const [, , h, w] = framed.shape;
  const frame = new Float32Array(h * w).fill(value);
  for (let i = margin; i < h - margin; i++) frame.fill(0, i * w + margin, (i + 1) * w - margin);
  return add(framed, constant({ shape: [h, w], data: frame }));
}

/** Mean of each size x size window; cells of the padding are not counted. */
export function avgPool2d(x: Tensor, size: number, { stride = size, pad = 0 }: PoolOptions = {}): Tensor {
  const y = apply(avgPoolOp, [surround(x, pad, 0)], { size, stride });
  if (pad === 0) return y;
  // share of each window that lies inside the image
  const inside = (n: number, o: number) =>
    Float32Array.from(
      { length: o },
      (_, i) => Math.min(i * stride - pad + size, n) - Math.max(i * stride - pad, 0),
    );
  const [, , h, w] = x.shape;
  const [, , oh, ow] = y.shape;
  const rows = inside(h, oh);
  const columns = inside(w, ow);
  const data = Float32Array.from(
    { length: oh * ow },
    (_, i) => (size * size) / (rows[Math.floor(i / ow)] * columns[i % ow]),
  );
  return mul(y, constant({ shape: [oh, ow], data }));
}

/** Largest of each size x size window; of equal ones the first gets the gradient. */
export const maxPool2d = (x: Tensor, size: number, { stride = size, pad = 0 }: PoolOptions = {}): Tensor =>
  apply(maxPoolOp, [surround(x, pad, -3e38)], { size, stride });
