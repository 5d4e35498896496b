// Pictures as planes of numbers in [0, 255], and what is measured of them.
import { psnr } from "@imagefn/metrics";

/** Values row by row. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

/** The mean of the three channels of bytes [height, width, 3]. */
export function grey(bytes: Uint8Array, width: number): Plane {
  const data = Float64Array.from(
    { length: bytes.length / 3 },
    (_, p) => (bytes[3 * p] + bytes[3 * p + 1] + bytes[3 * p + 2]) / 3,
  );
  return { width, height: data.length / width, data };
}

/** One channel of bytes [height, width, 3]. */
export function channel(bytes: Uint8Array, width: number, c: number): Plane {
  const data = Float64Array.from({ length: bytes.length / 3 }, (_, p) => bytes[3 * p + c]);
  return { width, height: data.length / width, data };
}

/** Mean over pixels of the length of the gradient, in forward differences; in grey levels per pixel. */
export function meanGradient({ width, height, data }: Plane): number {
  let sum = 0;
  for (let y = 0; y < height - 1; y++)
    for (let x = 0; x < width - 1; x++) {
      const at = y * width + x;
      sum += Math.hypot(data[at + 1] - data[at], data[at + width] - data[at]);
    }
  return sum / ((width - 1) * (height - 1));
}

/** Means over blocks of `across` x `down` pixels. */
export function averagedDown(
  { width, data, height }: Plane,
  [across, down]: readonly [number, number],
): Plane {
  const [w, h] = [width / across, height / down];
  const out = new Float64Array(w * h);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      out[Math.floor(y / down) * w + Math.floor(x / across)] += data[y * width + x] / (across * down);
  return { width: w, height: h, data: out };
}

/** A picture `times` as wide and high, interpolated linearly between the centres of its pixels, as image programs do. */
export function bilinear({ width, height, data }: Plane, times: number): Plane {
  const [w, h] = [width * times, height * times];
  const out = new Float64Array(w * h);
  const place = (i: number, size: number) => {
    const at = Math.min(size - 1, Math.max(0, (i + 0.5) / times - 0.5));
    const low = Math.min(size - 1, Math.floor(at));
    return { low, high: Math.min(size - 1, low + 1), part: at - low };
  };
  for (let y = 0; y < h; y++) {
    const row = place(y, height);
    for (let x = 0; x < w; x++) {
      const column = place(x, width);
      const along = (r: number) =>
        data[r * width + column.low] * (1 - column.part) + data[r * width + column.high] * column.part;
      out[y * w + x] = along(row.low) * (1 - row.part) + along(row.high) * row.part;
    }
  }
  return { width: w, height: h, data: out };
}

/** Peak signal-to-noise ratio of two planes of one size in dB, at most 100, so that means of it are finite. */
export const peakSignalToNoise = (a: Plane, b: Plane): number => Math.min(100, psnr(a.data, b.data));
