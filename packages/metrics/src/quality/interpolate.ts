// Resizing as PyTorch's `interpolate` does it, in the two modes that published metrics use: neither is antialiased.

/** Cubic convolution with a = -3/4. */
function cubic(x: number): number {
  const d = Math.abs(x);
  if (d < 1) return (1.25 * d - 2.25) * d * d + 1;
  return d < 2 ? ((-0.75 * d + 3.75) * d - 6) * d + 3 : 0;
}

const modes = {
  bilinear: { first: 0, kernel: (x: number) => Math.max(1 - Math.abs(x), 0) },
  bicubic: { first: -1, kernel: cubic },
} as const;

/** One side of a picture: its pixels, those of the result, and how many old ones a new one is wide. */
export interface Side {
  readonly from: number;
  readonly to: number;
  readonly step?: number;
}

interface Taps {
  readonly sources: readonly number[];
  readonly weights: readonly number[];
}

const { fround } = Math;

/** What each new pixel reads. Centres are rounded to float32 once, as PyTorch 2 does; borders are repeated. */
function taps(mode: keyof typeof modes, { from, to, step = from / to }: Side): Taps[] {
  const { first, kernel } = modes[mode];
  const offsets = Array.from({ length: 2 - 2 * first }, (_, k) => first + k);
  return Array.from({ length: to }, (_, i) => {
    const center = fround(fround(step) * (i + 0.5) - 0.5);
    const at = mode === "bilinear" ? Math.max(center, 0) : center;
    const base = Math.floor(at);
    return {
      sources: offsets.map((k) => Math.min(Math.max(base + k, 0), from - 1)),
      weights: offsets.map((k) => kernel(base + k - at)),
    };
  });
}

/**
 * Planes [n, rows.from, columns.from] to [n, rows.to, columns.to] with half-pixel centres (`align_corners=False`), in
 * float64 and rounded to float32 at the end. Bicubic goes a little beyond the range of the pixels, and is not cut off.
 */
export function interpolate(
  mode: keyof typeof modes,
  planes: ArrayLike<number>,
  rows: Side,
  columns: Side,
): Float32Array {
  const n = planes.length / (rows.from * columns.from);
  const across = taps(mode, columns);
  const down = taps(mode, rows);
  const wide = new Float64Array(rows.from * columns.to);
  const out = new Float32Array(n * rows.to * columns.to);
  const line = new Float64Array(columns.to);
  for (let plane = 0; plane < n; plane++) {
    for (let r = 0; r < rows.from; r++) {
      const at = (plane * rows.from + r) * columns.from;
      for (let j = 0; j < columns.to; j++) {
        const { sources, weights } = across[j];
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += weights[k] * planes[at + sources[k]];
        wide[r * columns.to + j] = sum;
      }
    }
    for (let i = 0; i < rows.to; i++) {
      const { sources, weights } = down[i];
      line.fill(0);
      for (let k = 0; k < weights.length; k++)
        for (let j = 0; j < columns.to; j++) line[j] += weights[k] * wide[sources[k] * columns.to + j];
      out.set(line, (plane * rows.to + i) * columns.to);
    }
  }
  return out;
}
