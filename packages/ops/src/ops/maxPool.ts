// The largest number of each window of images [batch, channels, height, width].
import { kernel } from "../gpujs/kernel.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { mul, sub } from "./arithmetic.js";
import { greater } from "./compare.js";
import { conv2d, convTranspose2d } from "./conv2d.js";
import { reshape } from "./reshape.js";
import { pad as padAxis } from "./slice.js";
import { constant } from "./source.js";
import {
  channelsApart,
  constants,
  onnxAttrs,
  type PoolAttrs,
  type PoolOptions,
  poolShape,
  surround,
} from "./windows.js";

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

/** Largest of each size x size window; of equal ones the first gets the gradient. */
export const maxPool2d = (x: Tensor, size: number, { stride = size, pad = 0 }: PoolOptions = {}): Tensor =>
  apply(maxPoolOp, [surround(x, pad, -3e38)], { size, stride });
