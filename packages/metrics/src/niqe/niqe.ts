// The natural image quality evaluator (NIQE): how far a picture's local statistics are from those of pristine photographs.
import { ImagefnError } from "@imagefn/base";
import { factor, squaredLength } from "../linear/factor.js";
import { channelsOf, type Picture, plane } from "../picture.js";
import { blockFeatures } from "./aggd.js";
import { enlarge, halve } from "./resize.js";

/** The statistics of pristine photographs: those of niqe_pris_params.npz, which BasicSR distributes. */
export interface NiqeModel {
  /** mu_pris_param [36] */
  readonly muPris: ArrayLike<number>;
  /** cov_pris_param [36, 36] */
  readonly covPris: ArrayLike<number>;
  /** gaussian_window [7, 7], summing to 1 */
  readonly window: ArrayLike<number>;
}

/** The range of a picture's numbers, and their luma. */
export interface NiqeOptions {
  /** The distance from black to white: 1 for numbers in [0, 1], 255 for bytes. */
  readonly range?: number;
  /**
   * The luma: "yiq", the default, is pyiqa's, 0.299 R + 0.587 G + 0.114 B. "ycbcr" is BasicSR's and MATLAB's, 16 + (65.481 R +
   * 128.553 G + 24.966 B) / 255, from 16 to 235; grey pictures are taken as they are. Both are rounded to whole numbers.
   */
  readonly colorSpace?: NiqeColorSpace;
}

/** Whose luma NIQE is computed of: pyiqa's, or BasicSR's. */
export type NiqeColorSpace = "yiq" | "ycbcr";

/** The NIQE of a picture. */
export interface Niqe {
  /** 0 for a picture like the pristine ones; larger is worse, without bound. NaN where nothing can be fitted. */
  readonly value: number;
  /**
   * What was measured: "NIQE", or "NIQE@192" for a picture that was enlarged, with " (ycbcr)" behind it for that luma.
   * Numbers of different labels do not compare.
   */
  readonly label: NiqeName | `${NiqeName} (ycbcr)`;
}

/** The name of a value: of a picture as it is, or of one that was enlarged to 192 pixels. */
export type NiqeName = "NIQE" | "NIQE@192";

/** What a picture's NIQE is called: one with a side below a block is enlarged. */
export const niqeLabel = ({ width, height }: Pick<Picture, "width" | "height">): NiqeName =>
  Math.min(width, height) < BLOCK ? "NIQE@192" : "NIQE";

const { fround } = Math;

const FEATURES = 36;
const BLOCK = 96;
/** The side to which pictures without a whole block are enlarged: four blocks. */
const ENLARGED = 192;
const WINDOW = 7;
const EPS = 2 ** -52;

/**
 * NIQE (Mittal, Soundararajan & Bovik, Making a "completely blind" image quality analyzer, 2013) of the luma 0.299 R + 0.587
 * G + 0.114 B in whole numbers of 255, from whole blocks of 96 x 96 at two scales; what does not fill a block is cut off.
 *
 * As pyiqa's `niqe` in its default, colour space "yiq", with the given model; its model is another file with other numbers.
 * With `colorSpace: "ycbcr"` as BasicSR's `calculate_niqe`, which rounds to float32 on the way to whole numbers, as we do.
 * Where a picture is flat, the references divide rounding by rounding and we see zeros, so that digits differ there.
 *
 * A picture with a side below 96 has no block. It is enlarged to 192 x 192 (Pillow's BICUBIC), and labelled "NIQE@192".
 *
 * @param image RGB, or grey, planar [3 or 1, height, width]
 * @throws if the model or the picture has other sizes, or the colour space is unknown
 */
export function niqe(
  image: Picture,
  model: NiqeModel,
  { range = 255, colorSpace = "yiq" }: NiqeOptions = {},
): Niqe {
  checkModel(model);
  if (colorSpace !== "yiq" && colorSpace !== "ycbcr")
    throw new Error(`metrics: niqe: there is no colour space "${colorSpace}" (expected yiq, ycbcr)`);
  const name = niqeLabel(image);
  let planes = planesOf(image, range);
  let { width, height } = image;
  if (name === "NIQE@192") {
    planes = planes.map((p) => enlarge(p, [width, height], [ENLARGED, ENLARGED]));
    width = height = ENLARGED;
  }
  const columns = Math.floor(width / BLOCK);
  const rows = Math.floor(height / BLOCK);
  const size = [columns * BLOCK, rows * BLOCK] as const;
  const one = luma(planes, colorSpace, width, ...size);
  const scales = [one, halve(one, ...size)].map((x, s) =>
    blocksOf(normalise(x, size[0] >> s, size[1] >> s, model.window), columns, rows, BLOCK >> s),
  );
  const features = scales[0].map((block, i) => [...block, ...scales[1][i]]);
  return { value: distance(features, model), label: colorSpace === "yiq" ? name : `${name} (ycbcr)` };
}

function checkModel({ muPris, covPris, window }: NiqeModel): void {
  const lengths = [muPris.length, covPris.length, window.length];
  const expected = [FEATURES, FEATURES ** 2, WINDOW ** 2];
  if (lengths.some((length, i) => length !== expected[i]))
    throw new ImagefnError(
      "invalid-data",
      `metrics: a model of NIQE has muPris [36], covPris [36, 36] and window [7, 7] (got ${lengths.join(", ")} numbers)`,
    );
}

/** Its channels in 0..255. */
function planesOf(image: Picture, range: number): Float64Array[] {
  const channels = channelsOf("niqe", image);
  if (channels !== 1 && channels !== 3)
    throw new Error(`metrics: niqe takes RGB or grey pictures (got ${channels} channels)`);
  return Array.from({ length: channels }, (_, c) => {
    const x = plane(image, c);
    return range === 255 ? x : x.map((v) => (v * 255) / range);
  });
}

/** Luma of the upper left part of a picture `stride` wide, in whole numbers. */
function luma(
  planes: Float64Array[],
  colorSpace: NiqeColorSpace,
  stride: number,
  width: number,
  height: number,
): Float64Array {
  const [red, green, blue] = planes.length === 3 ? planes : [planes[0], planes[0], planes[0]];
  // In thousandths, so that ties of bytes are ties.
  const yiq = (i: number) => (299 * red[i] + 587 * green[i] + 114 * blue[i]) / 1000;
  const ycbcr = (i: number) => {
    const [r, g, b] = [red, green, blue].map((channel) => fround(channel[i] / 255));
    return fround(fround((24.966 * b + 128.553 * g + 65.481 * r + 16) / 255) * 255);
  };
  const value = colorSpace === "yiq" ? yiq : planes.length === 1 ? (i: number) => red[i] : ycbcr;
  return Float64Array.from({ length: width * height }, (_, k) => {
    const i = Math.floor(k / width) * stride + (k % width);
    // Ties go to the even number, as in numpy and PyTorch.
    const v = value(i);
    const down = Math.floor(v);
    return v - down === 0.5 ? down + (down % 2) : Math.floor(v + 0.5);
  });
}

/**
 * (I - mean) / (deviation + 1) with local means by the window, and the nearest pixel beyond the borders. Computed from the
 * differences to the pixel in the middle: zero where a picture is flat.
 */
function normalise(x: Float64Array, width: number, height: number, window: ArrayLike<number>): Float64Array {
  const out = new Float64Array(x.length);
  const radius = WINDOW >> 1;
  const inside = (i: number, n: number) => Math.min(Math.max(i, 0), n - 1);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const center = x[row * width + column];
      let mean = 0;
      let squares = 0;
      for (let i = 0; i < WINDOW; i++) {
        const from = inside(row + i - radius, height) * width;
        for (let j = 0; j < WINDOW; j++) {
          const difference = x[from + inside(column + j - radius, width)] - center;
          const weighted = window[i * WINDOW + j] * difference;
          mean += weighted;
          squares += weighted * difference;
        }
      }
      const deviation = Math.sqrt(Math.abs(squares - mean * mean) + EPS);
      out[row * width + column] = -mean / (deviation + 1);
    }
  return out;
}

/** The features of each block of a plane of rows x columns of them. */
function blocksOf(x: Float64Array, columns: number, rows: number, side: number): number[][] {
  return Array.from({ length: rows * columns }, (_, b) => {
    const [top, left] = [Math.floor(b / columns) * side, (b % columns) * side];
    const block = Float64Array.from({ length: side * side }, (_, k) => {
      return x[(top + Math.floor(k / side)) * columns * side + left + (k % side)];
    });
    return blockFeatures(block, side, side);
  });
}

/** sqrt((mu_p - mu) ((C_p + C) / 2)^-1 (mu_p - mu)) for the mean and covariance of the blocks' features. */
function distance(blocks: readonly number[][], { muPris, covPris }: NiqeModel): number {
  const difference = Float64Array.from({ length: FEATURES }, (_, f) => {
    const values = blocks.map((b) => b[f]).filter((v) => !Number.isNaN(v));
    return muPris[f] - values.reduce((sum, v) => sum + v, 0) / values.length;
  });
  if (difference.some(Number.isNaN)) return Number.NaN;
  const whole = blocks.filter((b) => !b.some(Number.isNaN));
  const C = covariance(whole).map((c, i) => (covPris[i] + c) / 2);
  const R = factor(C, FEATURES);
  if (R.rank < FEATURES)
    throw new ImagefnError(
      "invalid-data",
      `metrics: niqe: the model's covariance is singular (rank ${R.rank}, expected ${FEATURES})`,
    );
  return Math.sqrt(squaredLength(R, difference));
}

/** Divisor n - 1, [36, 36]; zeros for a single block. */
function covariance(blocks: readonly number[][]): Float64Array {
  const out = new Float64Array(FEATURES ** 2);
  if (blocks.length < 2) return out;
  const mean = Array.from(
    { length: FEATURES },
    (_, f) => blocks.reduce((s, b) => s + b[f], 0) / blocks.length,
  );
  for (const block of blocks)
    for (let i = 0; i < FEATURES; i++)
      for (let j = 0; j < FEATURES; j++)
        out[i * FEATURES + j] += ((block[i] - mean[i]) * (block[j] - mean[j])) / (blocks.length - 1);
  return out;
}
