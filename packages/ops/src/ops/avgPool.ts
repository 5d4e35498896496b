// Means of windows of images [batch, channels, height, width], and nearest upsampling, which is the transpose.
import { kernel } from "../gpujs/kernel.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";
import { convTranspose2d } from "./conv2d.js";
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

const upsampleNearestOp: Op<{ readonly scale: number }> = {
  name: "upsampleNearest",
  shape: ([[b, c, h, w]], { scale }) => [b, c, h * scale, w * scale],
  gradient: (g, { attrs: { scale } }) => [mul(avgPool2d(g, scale), scale * scale)],
  onnx: (graph, [x], { attrs: { scale } }) =>
    graph.node("Resize", [x, "", graph.float(Float32Array.of(1, 1, scale, scale), [4])], {
      mode: "nearest",
      nearest_mode: "floor",
      coordinate_transformation_mode: "asymmetric",
    }),
  kernel: ({ inputs: [x], attrs: { scale } }) =>
    kernel(
      function upsampleNearest(x) {
        // Lines of the small image, of all images one after another.
        const i = this.thread.x;
        let line = Math.floor(i / this.constants.wide);
        if (line * this.constants.wide > i) line -= 1;
        if ((line + 1) * this.constants.wide <= i) line += 1;
        const wideColumn = i - line * this.constants.wide;
        let column = Math.floor(wideColumn / this.constants.scale);
        if (column * this.constants.scale > wideColumn) column -= 1;
        if ((column + 1) * this.constants.scale <= wideColumn) column += 1;
        let row = Math.floor(line / this.constants.scale);
        if (row * this.constants.scale > line) row -= 1;
        if ((row + 1) * this.constants.scale <= line) row += 1;
        return x[row * this.constants.width + column];
      },
      { width: x.shape[3], wide: x.shape[3] * scale, scale },
    ),
};

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

/** Each pixel repeated scale x scale times. */
export const upsampleNearest = (x: Tensor, scale: number): Tensor => apply(upsampleNearestOp, [x], { scale });
