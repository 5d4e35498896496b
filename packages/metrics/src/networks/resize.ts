// The resize rules of published numbers. Each is linear in the pixels, first along rows, then along columns.

/**
 * - "legacy_tensorflow": bilinear of TensorFlow 1, source = i in/out, no half pixel, no antialiasing (the original FID).
 * - "legacy_pytorch": bilinear with half-pixel centres, no antialiasing (pytorch-fid).
 * - "clean": Pillow's antialiased bicubic on float pixels, limited to 0 to 255 and not rounded (clean-fid).
 * - "align_corners": bilinear that keeps the corner pixels, source = i (in - 1)/(out - 1) (nsfwjs).
 */
export type ResizeRule = "legacy_tensorflow" | "legacy_pytorch" | "clean" | "align_corners";

/** All resize rules. */
export const resizeRules: readonly ResizeRule[] = [
  "legacy_tensorflow",
  "legacy_pytorch",
  "clean",
  "align_corners",
];

/** One output pixel: the first input pixel that it reads, and the weights of that one and the next ones. */
interface Taps {
  readonly first: number;
  readonly weights: readonly number[];
}

const { fround } = Math;

/** Linear between two neighbours of `source`, limited to the border. */
function linear(source: number, from: number): Taps {
  const first = Math.min(Math.floor(source), from - 1);
  const fraction = fround(source - first);
  return first + 1 < from && fraction > 0
    ? { first, weights: [1 - fraction, fraction] }
    : { first, weights: [1] };
}

/** The cubic convolution kernel with a = -1/2. */
function cubic(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  if (t < 2) return ((-0.5 * t + 2.5) * t - 4) * t + 2;
  return 0;
}

/** Bicubic whose kernel is as wide as the output's pixels; weights sum to 1 at the border too. */
function antialiased(i: number, from: number, to: number): Taps {
  const scale = Math.max(from / to, 1);
  const centre = ((i + 0.5) * from) / to;
  // Rounded as Pillow rounds.
  const first = Math.max(Math.trunc(centre - 2 * scale + 0.5), 0);
  const end = Math.min(Math.trunc(centre + 2 * scale + 0.5), from);
  const weights = Array.from({ length: end - first }, (_, k) => cubic((first + k - centre + 0.5) / scale));
  const total = weights.reduce((sum, w) => sum + w, 0);
  return { first, weights: weights.map((w) => w / total) };
}

/** Positions are computed in float32, as the references do. */
function taps(rule: ResizeRule, from: number, to: number): Taps[] {
  const scale = fround(from / to);
  const corner = to > 1 ? fround((from - 1) / (to - 1)) : 0;
  return Array.from({ length: to }, (_, i) => {
    if (from === to) return { first: i, weights: [1] };
    if (rule === "clean") return antialiased(i, from, to);
    if (rule === "legacy_tensorflow") return linear(fround(i * scale), from);
    if (rule === "align_corners") return linear(fround(i * corner), from);
    return linear(Math.max(fround(fround(scale * fround(i + 0.5)) - 0.5), 0), from);
  });
}

const known = new Map<string, Taps[]>();

function cachedTaps(rule: ResizeRule, from: number, to: number): Taps[] {
  const key = `${rule} ${from} ${to}`;
  let found = known.get(key);
  if (!found) {
    found = taps(rule, from, to);
    // A folder may hold pictures of many sizes; a few are all that repeat.
    if (known.size > 64) known.clear();
    known.set(key, found);
  }
  return found;
}

/**
 * Planes [n, height, width] of bytes' values 0 to 255, resized to [n, size[0], size[1]].
 * Sums are in float64 and results float32; "clean" also limits them to 0 to 255.
 *
 * @param out written from its beginning instead of a new array
 */
export function resizePlanes(
  rule: ResizeRule,
  planes: ArrayLike<number>,
  [n, height, width]: readonly [number, number, number],
  size: readonly [number, number],
  out: Float32Array = new Float32Array(n * size[0] * size[1]),
): Float32Array {
  const [rows, columns] = size;
  const overColumns = cachedTaps(rule, width, columns);
  const overRows = cachedTaps(rule, height, rows);
  const wide = new Float32Array(height * columns);
  const line = new Float64Array(columns);
  for (let plane = 0; plane < n; plane++) {
    for (let r = 0; r < height; r++) {
      const at = (plane * height + r) * width;
      for (let j = 0; j < columns; j++) {
        const { first, weights } = overColumns[j];
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += weights[k] * planes[at + first + k];
        wide[r * columns + j] = sum;
      }
    }
    for (let i = 0; i < rows; i++) {
      const { first, weights } = overRows[i];
      line.fill(0);
      for (let k = 0; k < weights.length; k++) {
        const w = weights[k];
        const at = (first + k) * columns;
        for (let j = 0; j < columns; j++) line[j] += w * wide[at + j];
      }
      const at = (plane * rows + i) * columns;
      if (rule === "clean")
        for (let j = 0; j < columns; j++) out[at + j] = Math.min(Math.max(line[j], 0), 255);
      else for (let j = 0; j < columns; j++) out[at + j] = line[j];
    }
  }
  return out;
}
