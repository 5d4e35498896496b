// Windows of images [batch, channels, height, width], for both kinds of pooling.
import { check, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";
import { reshape } from "./reshape.js";
import { pad as padAxis } from "./slice.js";
import { constant } from "./source.js";

export interface PoolAttrs {
  readonly size: number;
  readonly stride: number;
}

/** The shape rule of an op on windows. */
export const poolShape =
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

/** The attributes of ONNX's pooling operators. */
export const onnxAttrs = ({ size, stride }: PoolAttrs) => ({
  kernel_shape: [size, size],
  strides: [stride, stride],
});

/** What the kernels know of x and y. */
export const constants = (x: Shape, y: Shape, { size, stride }: PoolAttrs) => ({
  height: x[2],
  width: x[3],
  oh: y[2],
  ow: y[3],
  size,
  stride,
});

/** Each channel as an image of its own. */
export const channelsApart = (x: Tensor) => reshape(x, [-1, 1, x.shape[2], x.shape[3]]);

/** Step and margin of the windows of a pooling. */
export interface PoolOptions {
  /** Step between windows; the window's size by default. */
  readonly stride?: number;
  /** Cells around the image that count for nothing: not in the mean, never the largest. */
  readonly pad?: number;
}

/** Surrounds the images with `value`. */
export function surround(x: Tensor, margin: number, value: number): Tensor {
  if (margin === 0) return x;
  const framed = padAxis(padAxis(x, 2, margin, margin), 3, margin, margin);
  if (value === 0) return framed;
  const [, , h, w] = framed.shape;
  const frame = new Float32Array(h * w).fill(value);
  for (let i = margin; i < h - margin; i++) frame.fill(0, i * w + margin, (i + 1) * w - margin);
  return add(framed, constant({ shape: [h, w], data: frame }));
}
