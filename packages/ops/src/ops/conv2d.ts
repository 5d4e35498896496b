// Two-dimensional convolution and its two gradients, which are convolutions too.
import { fourPixels, onePixel } from "../gpujs/conv.js";
import { forward, toImage, toWeight } from "../gpujs/convProducts.js";
import { kernel } from "../gpujs/kernel.js";
import { convolution } from "../onnx/blockedConv.js";
import { reversedWeight, weightGradient as weightGradientNodes } from "../onnx/convGradients.js";
import { check, type Shape, show } from "../shape.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";
import { sum } from "./reduce.js";
import { reshape } from "./reshape.js";
import { constant, constantOf } from "./source.js";

interface ConvAttrs {
  readonly stride: number;
  /** Zeros above and below, and to the left and right. */
  readonly pad: Pair;
  /** [height, width] that cannot be told from the inputs: of x for the input gradient, of w for the weight gradient. */
  readonly size?: Pair;
}

/** [rows, columns] */
type Pair = readonly [number, number];

/** Size of the result along axis 2 or 3. */
const outputSize = (axis: 2 | 3, n: number, k: number, { stride, pad }: ConvAttrs) =>
  Math.floor((n + 2 * pad[axis - 2] - k) / stride) + 1;

/** Constants common to the three kernels, for x [b, c, h, w], weight [o, c, kh, kw], y [b, o, oh, ow]. */
const sizes = (x: Shape, w: Shape, y: Shape, { stride, pad }: ConvAttrs) => ({
  channels: x[1],
  height: x[2],
  width: x[3],
  outputs: w[0],
  kh: w[2],
  kw: w[3],
  batch: x[0],
  oh: y[2],
  ow: y[3],
  stride,
  padRows: pad[0],
  padColumns: pad[1],
});

const onnxAttrs = ({ stride, pad }: ConvAttrs) => ({ strides: [stride, stride], pads: [...pad, ...pad] });

const conv2dOp: Op<ConvAttrs> = {
  name: "conv2d",
  shape(shapes, attrs) {
    const [x, w, bias] = shapes;
    check(
      x.length === 4 && w.length === 4 && x[1] === w[1] && bias.length === 1 && bias[0] === w[0],
      "conv2d",
      "x [batch, channels, height, width], weight [out, channels, kh, kw], bias [out]",
      shapes,
    );
    const out = [x[0], w[0], outputSize(2, x[2], w[2], attrs), outputSize(3, x[3], w[3], attrs)];
    check(out[2] > 0 && out[3] > 0, "conv2d", "an image at least as large as the kernel", shapes);
    return out;
  },
  gradient: (g, { inputs: [x, w], attrs }) => [
    inputGradient(g, w, attrs, x.shape),
    weightGradient(x, g, attrs, w.shape),
    sum(g, [0, 2, 3]),
  ],
  onnx(graph, [x, w, bias], { inputs, attrs }) {
    const none = constantOf(inputs[2])?.data.every((v) => v === 0);
    const [outputs, channels, kh, kw] = inputs[1].shape;
    const sizes = { channels, outputs, kernel: [kh, kw] as const, ...onnxAttrs(attrs) };
    return convolution(graph, x, w, none ? undefined : bias, sizes);
  },
  kernel({ inputs: [x, w], shape, attrs }) {
    const lanes = shape[3] % 4 === 0 ? 4 : 1;
    const constants = sizes(x.shape, w.shape, shape, attrs);
    return kernel(lanes === 4 ? fourPixels : onePixel, { ...constants, columns: shape[3] / lanes }, lanes);
  },
  product: ({ inputs: [x, w], shape, attrs }) => forward(sizes(x.shape, w.shape, shape, attrs)),
};

const inputGradientOp: Op<ConvAttrs> = {
  name: "conv2dInputGradient",
  shape(shapes, attrs) {
    const [g, w] = shapes;
    const [h, width] = attrs.size ?? [0, 0];
    check(
      g[1] === w[0],
      "conv2dInputGradient",
      "g [batch, out, oh, ow], weight [out, channels, kh, kw]",
      shapes,
    );
    if (outputSize(2, h, w[2], attrs) !== g[2] || outputSize(3, width, w[3], attrs) !== g[3])
      throw new Error(
        `ops: conv2dInputGradient: no convolution of ${show([h, width])} by ${show(w)} gives ${show(g)}`,
      );
    return [g[0], w[1], h, width];
  },
  gradient: (h, { inputs: [g, w], attrs }) => [convolve(h, w, attrs), weightGradient(h, g, attrs, w.shape)],
  onnx(graph, [g, w], { inputs: [gradient, weight], shape, attrs }) {
    const [outputs, channels, kh, kw] = weight.shape;
    if (attrs.stride === 1 && attrs.pad[0] < kh && attrs.pad[1] < kw) {
      const p = [kh - 1 - attrs.pad[0], kw - 1 - attrs.pad[1]];
      return convolution(graph, g, reversedWeight(graph, w, weight.shape), undefined, {
        channels: outputs,
        outputs: channels,
        kernel: [kh, kw],
        pads: [...p, ...p],
        turned: true,
      });
    }
    const left = (axis: 2 | 3) =>
      shape[axis] -
      ((gradient.shape[axis] - 1) * attrs.stride + weight.shape[axis] - 2 * attrs.pad[axis - 2]);
    return graph.node("ConvTranspose", [g, w], { ...onnxAttrs(attrs), output_padding: [left(2), left(3)] });
  },
  kernel: ({ inputs: [g, w], shape, attrs }) =>
    kernel(
      function conv2dInputGradient(g, w) {
        const thread = this.thread.x;
        let line = Math.floor(thread / this.constants.width);
        if (line * this.constants.width > thread) line -= 1;
        if ((line + 1) * this.constants.width <= thread) line += 1;
        const column = thread - line * this.constants.width;
        let plane = Math.floor(line / this.constants.height);
        if (plane * this.constants.height > line) plane -= 1;
        if ((plane + 1) * this.constants.height <= line) plane += 1;
        const row = line - plane * this.constants.height;
        let b = Math.floor(plane / this.constants.channels);
        if (b * this.constants.channels > plane) b -= 1;
        if ((b + 1) * this.constants.channels <= plane) b += 1;
        const c = plane - b * this.constants.channels;
        let y = 0;
        for (let o = 0; o < this.constants.outputs; o++) {
          for (let i = 0; i < this.constants.kh; i++) {
            const up = row + this.constants.padRows - i;
            let r = Math.floor(up / this.constants.stride);
            if (r * this.constants.stride > up) r -= 1;
            if ((r + 1) * this.constants.stride <= up) r += 1;
            for (let j = 0; j < this.constants.kw; j++) {
              const across = column + this.constants.padColumns - j;
              let q = Math.floor(across / this.constants.stride);
              if (q * this.constants.stride > across) q -= 1;
              if ((q + 1) * this.constants.stride <= across) q += 1;
              if (
                up >= 0 &&
                across >= 0 &&
                r * this.constants.stride === up &&
                q * this.constants.stride === across &&
                r < this.constants.oh &&
                q < this.constants.ow
              ) {
                y +=
                  g[((b * this.constants.outputs + o) * this.constants.oh + r) * this.constants.ow + q] *
                  w[((o * this.constants.channels + c) * this.constants.kh + i) * this.constants.kw + j];
              }
            }
          }
        }
        return y;
      },
      sizes(shape, w.shape, g.shape, attrs),
    ),
  product: ({ inputs: [g, w], shape, attrs }) => toImage(sizes(shape, w.shape, g.shape, attrs)),
};

const weightGradientOp: Op<ConvAttrs> = {
  name: "conv2dWeightGradient",
  shape(shapes, attrs) {
    const [x, g] = shapes;
    const [kh, kw] = attrs.size ?? [0, 0];
    check(
      x[0] === g[0] && outputSize(2, x[2], kh, attrs) === g[2] && outputSize(3, x[3], kw, attrs) === g[3],
      "conv2dWeightGradient",
      `x and g of one convolution by a ${kh} x ${kw} kernel`,
      shapes,
    );
    return [g[1], x[1], kh, kw];
  },
  gradient: (h, { inputs: [x, g], attrs }) => [inputGradient(g, h, attrs, x.shape), convolve(x, h, attrs)],
  onnx: (graph, [x, g], { inputs: [image, gradient], shape: [, , kh, kw], attrs }) =>
    weightGradientNodes(graph, x, g, {
      ...attrs,
      image: image.shape,
      gradient: gradient.shape,
      kernel: [kh, kw],
    }),
  kernel: ({ inputs: [x, g], shape, attrs }) =>
    kernel(
      function conv2dWeightGradient(x, g) {
        const thread = this.thread.x;
        let line = Math.floor(thread / this.constants.kw);
        if (line * this.constants.kw > thread) line -= 1;
        if ((line + 1) * this.constants.kw <= thread) line += 1;
        const j = thread - line * this.constants.kw;
        let plane = Math.floor(line / this.constants.kh);
        if (plane * this.constants.kh > line) plane -= 1;
        if ((plane + 1) * this.constants.kh <= line) plane += 1;
        const i = line - plane * this.constants.kh;
        let o = Math.floor(plane / this.constants.channels);
        if (o * this.constants.channels > plane) o -= 1;
        if ((o + 1) * this.constants.channels <= plane) o += 1;
        const c = plane - o * this.constants.channels;
        let y = 0;
        for (let b = 0; b < this.constants.batch; b++) {
          for (let row = 0; row < this.constants.oh; row++) {
            const r = row * this.constants.stride + i - this.constants.padRows;
            for (let column = 0; column < this.constants.ow; column++) {
              const q = column * this.constants.stride + j - this.constants.padColumns;
              if (r >= 0 && r < this.constants.height && q >= 0 && q < this.constants.width) {
                y +=
                  x[
                    ((b * this.constants.channels + c) * this.constants.height + r) * this.constants.width + q
                  ] *
                  g[
                    ((b * this.constants.outputs + o) * this.constants.oh + row) * this.constants.ow + column
                  ];
              }
            }
          }
        }
        return y;
      },
      sizes(x.shape, shape, g.shape, attrs),
    ),
  product: ({ inputs: [x, g], shape, attrs }) => toWeight(sizes(x.shape, shape, g.shape, attrs)),
};

const sizeOf = (shape: Shape): Pair => [shape[2], shape[3]];
const noBias = (w: Tensor) => constant({ shape: [w.shape[0]], data: new Float32Array(w.shape[0]) });
const convolve = (x: Tensor, w: Tensor, { stride, pad }: ConvAttrs, bias: Tensor = noBias(w)) =>
  apply(conv2dOp, [x, w, bias], { stride, pad });
const inputGradient = (g: Tensor, w: Tensor, { stride, pad }: ConvAttrs, x: Shape) =>
  apply(inputGradientOp, [g, w], { stride, pad, size: sizeOf(x) });
const weightGradient = (x: Tensor, g: Tensor, { stride, pad }: ConvAttrs, w: Shape) =>
  apply(weightGradientOp, [x, g], { stride, pad, size: sizeOf(w) });

/** The parameters of a convolution: weight [out, in, rows, columns] and bias [out]. */
export interface Conv<T = Tensor> {
  weight: T;
  bias: T;
}

/** Stride, margin and bias of a convolution. */
export interface ConvOptions {
  /** Along both axes; 1 if left out. */
  readonly stride?: number;
  /** Zeros around the image: on every side, or [above and below, left and right]. */
  readonly pad?: number | readonly [rows: number, columns: number];
  /** [out] */
  readonly bias?: Tensor;
}

function attrsOf({ stride = 1, pad = 0 }: ConvOptions): ConvAttrs {
  return { stride, pad: typeof pad === "number" ? [pad, pad] : [pad[0], pad[1]] };
}

/** Cross-correlation of x [batch, channels, h, w] by weight [out, channels, kh, kw] -> [batch, out, oh, ow]. */
export const conv2d = (x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor =>
  convolve(x, weight, attrsOf(options), options.bias);

/** The transpose of conv2d: x [batch, in, h, w], weight [in, out, kh, kw] -> [batch, out, (h-1) stride - 2 pad + kh, ...]. */
export function convTranspose2d(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  const attrs = attrsOf(options);
  const side = (axis: 2 | 3) =>
    (x.shape[axis] - 1) * attrs.stride - 2 * attrs.pad[axis - 2] + weight.shape[axis];
  const y = inputGradient(x, weight, attrs, [0, 0, side(2), side(3)]);
  return options.bias ? add(y, reshape(options.bias, [-1, 1, 1])) : y;
}
