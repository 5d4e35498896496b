// MUSIQ: a transformer on the patches of a picture at three scales.
import { ImagefnError } from "@imagefn/base";
import type { HostArray } from "@imagefn/ops";
import { interpolate } from "./interpolate.js";
import type { QualityNetwork, RgbPicture } from "./network.js";

const PATCH = 32;
/** The positions of patches are those of a grid of so many rows and columns, whatever the picture's size. */
const GRID = 10;
/** The longer sides of the first scales; the last is the picture itself. */
const LONGER_SIDES = [224, 384];
const PIXELS = 3 * PATCH * PATCH;
/** A token: the pixels of a patch [3, 32, 32], its position, its scale, and 1 (0 where there is no patch). */
const TOKEN = PIXELS + 3;

const patches = (side: number) => Math.ceil(side / PATCH);

/**
 * What MUSIQ's network is given: tokens [1, 49 + 144 + patches of the picture, 3075], for the picture in [-1, 1] with
 * its longer side resized to 224 and to 384 (bicubic, not antialiased), and as it is. Each scale is cut into patches
 * of 32 x 32, from the left to the right and downwards, with zeros around it where they do not fit; of the first two
 * scales, tokens without a patch are zeros. From a picture in [0, 1].
 * @throws if one side is so much longer than the other that nothing is left of it
 */
export function musiqTokens({ height, width, data }: RgbPicture): HostArray {
  const original = { height, width, data: data.map((x) => (x - 0.5) * 2) };
  const scales = [...LONGER_SIDES.map((side) => resized(original, side)), original];
  const counts = [...LONGER_SIDES.map((side) => patches(side) ** 2), patches(height) * patches(width)];
  const total = counts.reduce((sum, n) => sum + n, 0);
  const tokens = new Float32Array(total * TOKEN);
  let first = 0;
  for (const [scale, picture] of scales.entries()) {
    writePatches(picture, scale, tokens.subarray(first * TOKEN));
    first += counts[scale];
  }
  return { shape: [1, total, TOKEN], data: tokens };
}

/** With its longer side of so many pixels. */
function resized({ height, width, data }: RgbPicture, longer: number): RgbPicture {
  const ratio = longer / Math.max(height, width);
  const [h, w] = [halfToEven(height * ratio), halfToEven(width * ratio)];
  if (h === 0 || w === 0)
    throw new ImagefnError(
      "invalid-data",
      `metrics: musiq: a picture with a longer side of ${longer} still has pixels (got ${width} x ${height}, ` +
        `which becomes ${w} x ${h})`,
    );
  return {
    height: h,
    width: w,
    data: interpolate("bicubic", data, { from: height, to: h }, { from: width, to: w }),
  };
}

/** As Python's `round`. */
function halfToEven(x: number): number {
  const down = Math.floor(x);
  return x - down === 0.5 ? down + (down % 2) : Math.round(x);
}

/** The tokens of one scale, to the beginning of `out`. */
function writePatches({ height, width, data }: RgbPicture, scale: number, out: Float32Array): void {
  const [rows, columns] = [patches(height), patches(width)];
  // As TensorFlow's padding "SAME": the odd pixel is below and to the right.
  const top = Math.floor((rows * PATCH - height) / 2);
  const left = Math.floor((columns * PATCH - width) / 2);
  for (let channel = 0; channel < 3; channel++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const [i, j] = [y + top, x + left];
        const patch = Math.floor(i / PATCH) * columns + Math.floor(j / PATCH);
        const pixel = (channel * PATCH + (i % PATCH)) * PATCH + (j % PATCH);
        out[patch * TOKEN + pixel] = data[(channel * height + y) * width + x];
      }
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const position = onGrid(row, rows) * GRID + onGrid(column, columns);
      out.set([position, scale, 1], (row * columns + column) * TOKEN + PIXELS);
    }
}

/** The grid's row (or column) of the i-th of `count`: nearest, in float32, as PyTorch's `interpolate`. */
const onGrid = (i: number, count: number) =>
  Math.min(Math.floor(Math.fround(i * Math.fround(GRID / count))), GRID - 1);

/**
 * Ke et al., MUSIQ: multi-scale image quality transformer (2021), as `musiq` of pyiqa 0.1.15: trained on KonIQ-10k.
 * About 0 to 100, higher is better.
 */
export const musiq: QualityNetwork = {
  input: { name: "tokens", shape: [1, "count", TOKEN] },
  output: { name: "score", shape: [1, 1] },
  score: async (picture, run) => (await run(musiqTokens(picture)))[0],
};
