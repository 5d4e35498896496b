// The two bicubic resizes of NIQE: MATLAB's halving, and Pillow's enlargement.

/** Keys' cubic convolution kernel with a = -1/2. */
function cubic(x: number): number {
  const d = Math.abs(x);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? -0.5 * (((d - 5) * d + 8) * d - 4) : 0;
}

const halving = [-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5].map((x) => cubic(x / 2) / 2);

/**
 * Half of both sides, as MATLAB's `imresize(image, 0.5)`: the kernel stretched by two against aliasing, mirrored borders.
 * [height, width], both even, to [height / 2, width / 2].
 */
export function halve(x: Float64Array, width: number, height: number): Float64Array {
  const mirror = (i: number, n: number) => (i < 0 ? -1 - i : i >= n ? 2 * n - 1 - i : i);
  const [w, h] = [width / 2, height / 2];
  const rows = new Float64Array(h * width);
  for (let i = 0; i < h; i++)
    for (const [tap, weight] of halving.entries()) {
      const from = mirror(2 * i + tap - 3, height) * width;
      for (let j = 0; j < width; j++) rows[i * width + j] += weight * x[from + j];
    }
  const out = new Float64Array(h * w);
  for (let i = 0; i < h; i++)
    for (let j = 0; j < w; j++) {
      let sum = 0;
      for (const [tap, weight] of halving.entries())
        sum += weight * rows[i * width + mirror(2 * j + tap - 3, width)];
      out[i * w + j] = sum;
    }
  return out;
}

/**
 * Planes of bytes made larger as Pillow's `resize(size, BICUBIC)` does it: half-pixel centres, weights cut off at the border
 * and normalised, rounded to bytes after the horizontal and after the vertical pass.
 * [height, width] to [newHeight, newWidth], neither smaller.
 */
export function enlarge(
  x: Float64Array,
  [width, height]: readonly [number, number],
  [newWidth, newHeight]: readonly [number, number],
): Float64Array {
  const wide = new Float64Array(newWidth * height);
  for (const [j, { first, weights }] of taps(width, newWidth).entries())
    for (let i = 0; i < height; i++) {
      let sum = 0;
      for (const [t, weight] of weights.entries()) sum += weight * x[i * width + first + t];
      wide[i * newWidth + j] = toByte(sum);
    }
  const out = new Float64Array(newWidth * newHeight);
  for (const [i, { first, weights }] of taps(height, newHeight).entries())
    for (let j = 0; j < newWidth; j++) {
      let sum = 0;
      for (const [t, weight] of weights.entries()) sum += weight * wide[(first + t) * newWidth + j];
      out[i * newWidth + j] = toByte(sum);
    }
  return out;
}

/** Pillow's weights are whole numbers of 2^-22: they decide which way the halves are rounded. */
const ONE = 2 ** 22;
const toByte = (x: number) => Math.min(Math.max(Math.floor((x + ONE / 2) / ONE), 0), 255);

/** The first source and the weights of every target, in units of 2^-22. */
function taps(from: number, to: number): { first: number; weights: number[] }[] {
  return Array.from({ length: to }, (_, target) => {
    const center = ((target + 0.5) * from) / to;
    const first = Math.max(Math.floor(center - 2 + 0.5), 0);
    const end = Math.min(Math.floor(center + 2 + 0.5), from);
    const weights = Array.from({ length: end - first }, (_, t) => cubic(first + t + 0.5 - center));
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((w) => Math.sign(w) * Math.round(Math.abs(w / sum) * ONE)) };
  });
}
