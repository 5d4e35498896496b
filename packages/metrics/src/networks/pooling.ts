// The pooling of the networks under LPIPS: the largest of each window, or the mean, as the variant of VGG has it.
import { avgPool2d, constant, maxPool2d, mul, pad, type Tensor } from "@imagefn/ops";

/** How a network pools: the largest of each window, or the mean. */
export type Pooling = "max" | "average";

interface Window {
  readonly size: number;
  readonly stride: number;
  /** Whether a last window may hang over the right and the lower edge ("ceil mode"). */
  readonly ceil?: boolean;
}

/** Pixels that the last window hangs over an axis of n. */
const overhang = (n: number, { size, stride, ceil }: Window): number =>
  ceil ? Math.max(Math.ceil((n - size) / stride) * stride + size - n, 0) : 0;

/**
 * Pools x [batch, channels, height, width], which must not be negative: cells beyond the edge are zeros, which are never
 * the only largest there; a mean does not count them.
 */
export function pool(x: Tensor, kind: Pooling, window: Window): Tensor {
  const { size, stride } = window;
  const [, , height, width] = x.shape;
  const margin = [overhang(height, window), overhang(width, window)];
  const framed = pad(pad(x, 2, 0, margin[0]), 3, 0, margin[1]);
  if (kind === "max") return maxPool2d(framed, size, { stride });
  const y = avgPool2d(framed, size, { stride });
  if (margin[0] + margin[1] === 0) return y;
  const inside = (n: number, o: number) =>
    Array.from({ length: o }, (_, i) => Math.min(i * stride + size, n) - i * stride);
  const [, , oh, ow] = y.shape;
  const rows = inside(height, oh);
  const columns = inside(width, ow);
  const data = Float32Array.from(rows.flatMap((r) => columns.map((c) => (size * size) / (r * c))));
  return mul(y, constant({ shape: [oh, ow], data }));
}
