// Pictures as numbers in [-1, 1], for mathematics, from and to bytes.
import { ndarrayOf, psnr as psnrOf } from "@imagefn/ops";
import type { NdArray } from "ndarray";
import { CHANNELS } from "./architecture.js";
import { type ImageBytes, type RgbaImage, toByte } from "./bytes.js";

/**
 * The bytes of a picture: [3, height, width] in [-1, 1] -> RGBA, opaque. Values outside are clamped.
 * @throws if the picture has another shape.
 */
export function toBytes({ shape, data }: PlanarImage): RgbaImage {
  const [height, width] = planarSize(shape, data);
  const n = height * width;
  const out = new Uint8ClampedArray(4 * n);
  for (let i = 0; i < n; i++) {
    for (let channel = 0; channel < CHANNELS; channel++) out[4 * i + channel] = toByte(data[channel * n + i]);
    out[4 * i + 3] = 255;
  }
  return { width, height, data: out };
}

/** Float32 [3, height, width], row-major: a host array or a contiguous ndarray. */
export interface PlanarImage {
  /** [3, height, width] */
  readonly shape: readonly number[];
  /** Values in [-1, 1], one plane after another. */
  readonly data: Float32Array;
}

/**
 * Bytes as a picture: RGB or RGBA -> [3, height, width] in [-1, 1], v / 127.5 - 1. What is transparent becomes white.
 * @throws if the size does not fit the bytes.
 */
export function fromBytes({ width, height, data }: ImageBytes): NdArray<Float32Array> {
  const n = width * height;
  const step = data.length / n;
  if (!Number.isInteger(width) || !Number.isInteger(height) || n < 1 || (step !== 3 && step !== 4))
    throw new Error(`inr: a picture of ${width} x ${height} pixels has 3 or 4 bytes for each (got \
${data.length} bytes, expected ${3 * n} or ${4 * n})`);
  const out = new Float32Array(CHANNELS * n);
  for (let i = 0; i < n; i++) {
    const alpha = step === 4 ? data[4 * i + 3] / 255 : 1;
    for (let channel = 0; channel < CHANNELS; channel++)
      out[channel * n + i] = (alpha * data[step * i + channel] + (1 - alpha) * 255) / 127.5 - 1;
  }
  return ndarrayOf(out, [CHANNELS, height, width]);
}

/** [height, width] of a planar picture. @throws if it is not one. */
export function planarSize(shape: readonly number[], data: Float32Array): [height: number, width: number] {
  const [channels, height, width] = shape;
  if (
    shape.length !== 3 ||
    channels !== CHANNELS ||
    data.length !== CHANNELS * height * width ||
    !data.length
  )
    throw new Error(
      `inr: a picture is [3, height, width] (got [${shape.join(", ")}] with ${data.length} numbers)`,
    );
  return [height, width];
}

/**
 * Peak signal-to-noise ratio in dB of two pictures in [-1, 1], in any layout: 10 log10(4 / mean squared error);
 * Infinity for equal ones.
 * @throws if the lengths differ
 */
export function psnr(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length || a.length === 0)
    throw new Error(`inr: psnr compares pictures of one size (got ${a.length} and ${b.length} numbers)`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return psnrOf(sum / a.length, 2);
}
