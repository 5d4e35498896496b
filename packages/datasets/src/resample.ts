// Resizing as in the consistency-models code, with Pillow's 8-bit arithmetic, so that the images are identical.

/** One decoded image: RGB bytes, planar [3, height, width]. */
export interface PlanarImage {
  width: number;
  height: number;
  data: Uint8Array;
}

/** One decoded picture as decoders return it: RGB bytes [height, width, channels]; channels after the third are ignored. */
export interface Pixels {
  width: number;
  height: number;
  channels: number;
  data: Uint8Array;
}

interface Kernel {
  /** Half width in source pixels when not shrinking. */
  support: number;
  weight(x: number): number;
}

const box: Kernel = { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) };

// Keys' cubic convolution with a = -1/2, Pillow's BICUBIC.
const bicubic: Kernel = {
  support: 2,
  weight(x) {
    const d = Math.abs(x);
    if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
    return d < 2 ? -0.5 * (((d - 5) * d + 8) * d - 4) : 0;
  },
};

/**
 * The training image of a picture: halve both sides with a box filter while the shorter is at least twice the
 * target, scale the shorter side to the target with an antialiased bicubic, and crop the centre.
 * Returns [3, size, size] bytes. The image must be at least `size` on its shorter side.
 * Source: openai/consistency_models, which trains on such images.
 */
export function resizeAndCrop(image: PlanarImage, size: number): Uint8Array {
  return reduce(image, size);
}

/** As `resizeAndCrop`, of a picture as it comes from the decoder, of which no planar copy is made. */
export function squareOf(pixels: Pixels, size: number): Uint8Array {
  return reduce(pixels, size);
}

/** The same picture with its channels apart. */
export function planes({ width, height, channels, data }: Pixels): PlanarImage {
  const area = width * height;
  const planar = new Uint8Array(3 * area);
  for (let i = 0; i < area; i++) {
    planar[i] = data[i * channels];
    planar[area + i] = data[i * channels + 1];
    planar[2 * area + i] = data[i * channels + 2];
  }
  return { width, height, data: planar };
}

function reduce(image: PlanarImage | Pixels, size: number): Uint8Array {
  let { width, height } = image;
  if (Math.min(width, height) < size) {
    throw new Error(
      `datasets: resizeAndCrop only downscales (got ${width} x ${height}, expected at least ${size} on each side)`,
    );
  }
  let current = image;
  while (Math.min(width, height) >= 2 * size) {
    current = resize(current, Math.floor(width / 2), Math.floor(height / 2), box);
    ({ width, height } = current);
  }
  const scale = size / Math.min(width, height);
  return crop(resize(current, roundHalfEven(width * scale), roundHalfEven(height * scale), bicubic), size);
}

/** The square [3, size, size] whose first pixel is (left, top), by default the central one. */
export function crop(
  { width, height, data }: PlanarImage,
  size: number,
  left = Math.floor((width - size) / 2),
  top = Math.floor((height - size) / 2),
): Uint8Array {
  const square = new Uint8Array(3 * size * size);
  for (let row = 0; row < 3 * size; row++) {
    const channel = Math.floor(row / size);
    const from = (channel * height + top + (row % size)) * width + left;
    square.set(data.subarray(from, from + size), row * size);
  }
  return square;
}

/** Python's round(), which the reference uses: ties go to the even number. */
function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest === 0.5) return down + (down % 2);
  return rest < 0.5 ? down : down + 1;
}

function resize(image: PlanarImage | Pixels, width: number, height: number, kernel: Kernel): PlanarImage {
  // Rounded to bytes after each pass, horizontal first, as Pillow does.
  let { data } =
    width !== image.width
      ? { data: resampleRows(image, weights(image.width, width, kernel)) }
      : "channels" in image
        ? planes(image)
        : image;
  if (height !== image.height) {
    data = resampleColumns(data, width, image.height, weights(image.height, height, kernel));
  }
  return { width, height, data };
}

// Fixed point with 22 bits after the point: a byte times a weight sum stays within 32 bits. The sums use Math.imul
// since 0 times a negative weight is -0, which makes the engine switch to doubles.
const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

interface Weights {
  /** First source pixel of each target pixel. */
  first: Int32Array;
  /** Source pixels used by each target pixel. */
  taps: Int32Array;
  /** Weights of each target pixel, [target, stride]. */
  values: Int32Array;
  stride: number;
}

/** Weights of recent pairs of lengths: the images of a set have few different sizes. */
const known = new Map<string, Weights>();

function weights(from: number, to: number, kernel: Kernel): Weights {
  const name = `${from} ${to} ${kernel.support}`;
  let found = known.get(name);
  if (!found) {
    found = computeWeights(from, to, kernel);
    if (known.size >= 64) known.clear();
    // Those of pictures a million pixels high, of which each may have its own height, would add up.
    if (found.values.length <= 2 ** 17) known.set(name, found);
  }
  return found;
}

function computeWeights(from: number, to: number, kernel: Kernel): Weights {
  const scale = from / to;
  const widen = Math.max(scale, 1);
  const support = kernel.support * widen;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const taps = new Int32Array(to);
  const values = new Int32Array(to * stride);
  for (let target = 0; target < to; target++) {
    const centre = (target + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const exact = Array.from({ length: end - start }, (_, i) =>
      kernel.weight((start + i - centre + 0.5) / widen),
    );
    const sum = exact.reduce((a, b) => a + b, 0);
    first[target] = start;
    taps[target] = end - start;
    exact.forEach((w, i) => {
      const scaled = (w / sum) * 2 ** PRECISION;
      values[target * stride + i] = Math.trunc(scaled + (scaled < 0 ? -0.5 : 0.5));
    });
  }
  return { first, taps, values, stride };
}

function resampleRows(image: PlanarImage | Pixels, w: Weights): Uint8Array {
  const { width, height, data } = image;
  const { first, taps, values, stride } = w;
  const to = first.length;
  // Bytes from one pixel to the next, and from one channel to the next.
  const [step, plane] = "channels" in image ? [image.channels, 1] : [1, width * height];
  const out = new Uint8ClampedArray(3 * height * to);
  for (let row = 0; row < 3 * height; row++) {
    const left = Math.floor(row / height) * plane + (row % height) * width * step;
    for (let x = 0; x < to; x++) {
      let from = left + first[x] * step;
      const start = x * stride;
      const end = start + taps[x];
      let sum = HALF;
      for (let at = start; at < end; at++, from += step) sum = (sum + Math.imul(data[from], values[at])) | 0;
      out[row * to + x] = sum >> PRECISION;
    }
  }
  return new Uint8Array(out.buffer);
}

function resampleColumns(data: Uint8Array, width: number, height: number, w: Weights): Uint8Array {
  const { first, taps, values, stride } = w;
  const to = first.length;
  const out = new Uint8ClampedArray(3 * to * width);
  for (let row = 0; row < 3 * to; row++) {
    const y = row % to;
    const top = (Math.floor(row / to) * height + first[y]) * width;
    const start = y * stride;
    const end = start + taps[y];
    for (let x = 0; x < width; x++) {
      let from = top + x;
      let sum = HALF;
      for (let at = start; at < end; at++, from += width) sum = (sum + Math.imul(data[from], values[at])) | 0;
      out[row * width + x] = sum >> PRECISION;
    }
  }
  return new Uint8Array(out.buffer);
}
