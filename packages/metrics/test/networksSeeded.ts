// Weights and pictures out of a hash of their names: the same as in tools/networks_golden.py, without files.
import { readFileSync } from "node:fs";
import type { ImageBatch, Weights } from "@imagefn/metrics";
import type { Shape } from "@imagefn/ops";

/** n numbers in [0, 1), a 32-bit mix of FNV-1a(name) + index, scaled to [low, high). */
function hashed<A extends Float32Array | Uint8Array>(name: string, out: A, low: number, high: number): A {
  let seed = 0x811c9dc5;
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  const step = (high - low) / 2 ** 32;
  for (let i = 0; i < out.length; i++) {
    let x = (seed + i) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    out[i] = low + step * ((x ^ (x >>> 16)) >>> 0);
  }
  return out;
}

const size = (shape: Shape) => shape.reduce((n, d) => n * d, 1);

function range(path: string, shape: Shape): [number, number] {
  if (path.startsWith("lin")) return [0, 1];
  if (path.endsWith(".bn.weight")) return [0.8, 1.2];
  if (path.endsWith(".running_var")) return [0.5, 1.5];
  if (/\.bn\.(bias|running_mean)$/.test(path)) return [-0.2, 0.2];
  if (path.endsWith(".bias")) return [-0.1, 0.1];
  const bound = (6 / size(shape.slice(1))) ** 0.5;
  return [-bound, bound];
}

/** Weights for the given names and shapes. */
export const seededWeights = (shapes: ReadonlyMap<string, Shape>): Weights =>
  new Map(
    [...shapes].map(([path, shape]) => [
      path,
      { shape, data: hashed(path, new Float32Array(size(shape)), ...range(path, shape)) },
    ]),
  );

/** Bytes of noise. */
export const picture = (name: string, shape: Shape): ImageBatch & { data: Uint8Array } => ({
  shape,
  data: hashed(name, new Uint8Array(size(shape)), 0, 256),
});

interface LpipsCase {
  readonly distance: readonly number[];
  readonly gradient: readonly number[];
  readonly resized: readonly number[];
}

interface Golden {
  readonly inception: {
    readonly side: number;
    readonly every: number;
    readonly pool: readonly number[];
    readonly poolAverage: readonly number[];
    readonly spatial: readonly number[];
    readonly logits: readonly number[];
  };
  readonly lpips: Readonly<
    Record<
      "vgg" | "alex" | "squeeze",
      {
        readonly side: number;
        readonly every: number;
        readonly size: number;
        readonly taps: readonly { shape: readonly number[]; mean: number; some: readonly number[] }[];
        readonly max: LpipsCase;
        readonly average: LpipsCase;
      }
    >
  >;
  readonly resize: readonly {
    readonly rule: "legacy_tensorflow" | "legacy_pytorch" | "clean" | "align_corners";
    readonly from: readonly [number, number];
    readonly to: readonly [number, number];
    readonly values: readonly number[];
  }[];
}

/** PyTorch's numbers. */
export const expected: Golden = JSON.parse(
  readFileSync(new URL("../test/networks.golden.json", import.meta.url), "utf8"),
);

/** Every k-th number. */
export const each = (data: ArrayLike<number>, k: number): number[] =>
  Array.from(data).filter((_, i) => i % k === 0);
