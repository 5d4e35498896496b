// Features that need no download: colour and texture by fixed random filters, at three scales.
import {
  abs,
  avgPool2d,
  concat,
  conv2d,
  type HostArray,
  mean,
  mul,
  random,
  relu,
  type Shape,
  sub,
  type Tensor,
} from "@imagefn/ops";
import type { GraphNetwork } from "./network.js";
import type { Params } from "./params.js";

/** Pictures are brought to this side. */
const SIDE = 64;
/** Sides of the windows over which texture is looked at, in pixels of the picture at 64 x 64: 5, 10 and 20. */
const SCALES = 3;
/** Filters of each scale, and mixtures of colours. */
const FILTERS = 12;
const KERNEL = 5;
const LENGTH = FILTERS * (1 + SCALES);

/**
 * Numbers of other filters do not compare: whatever changes them gives the network another name, by which saved
 * statistics are told apart.
 */
const NAME = "random convolutions";
/** What a report says of the filters. */
export const RANDOM_CONVOLUTIONS = { builtIn: `${NAME}, version 1` } as const;
const SEED = 1;

const textureShape: Shape = [FILTERS, 3, KERNEL, KERNEL];
const colourShape: Shape = [FILTERS, 3, 1, 1];

/** Uniform numbers in [-1, 1): sums and products of them are the same on every machine. */
const centred = (name: string, n: number): Float64Array =>
  Float64Array.from(random(SEED).stream(name).uniform(n), (u) => 2 * u - 1);

/** Rows of length 1 as float32. */
function unitRows(shape: Shape, data: Float64Array): HostArray {
  const row = data.length / shape[0];
  for (let i = 0; i < data.length; i += row) {
    const part = data.subarray(i, i + row);
    const length = Math.sqrt(part.reduce((sum, w) => sum + w * w, 0));
    for (let k = 0; k < row; k++) part[k] /= length;
  }
  return { shape, data: Float32Array.from(data) };
}

/** Filters that sum to 0 over each colour: they see no brightness, only what changes. */
function textureFilters(scale: number): HostArray {
  const data = centred(`texture${scale}`, FILTERS * 3 * KERNEL * KERNEL);
  const area = KERNEL * KERNEL;
  for (let i = 0; i < data.length; i += area) {
    const part = data.subarray(i, i + area);
    const average = part.reduce((sum, w) => sum + w, 0) / area;
    for (let k = 0; k < area; k++) part[k] -= average;
  }
  return unitRows(textureShape, data);
}

function filters(): Map<string, HostArray> {
  const thresholds = centred("thresholds", FILTERS).map((u) => 3 * u);
  return new Map<string, HostArray>([
    ["colour.weight", unitRows(colourShape, centred("colour", 3 * FILTERS))],
    ["colour.bias", { shape: [FILTERS], data: Float32Array.from(thresholds) }],
    ...Array.from({ length: SCALES }, (_, scale): [string, HostArray] => [
      `texture${scale}.weight`,
      textureFilters(scale),
    ]),
  ]);
}

/** x [batch, 3, 64, 64] from -5 to 5 -> [batch, 48] */
function features(params: Params, x: Tensor): Tensor {
  const overPicture = (y: Tensor) => mean(y, [2, 3]);
  const bias = params("colour.bias", [FILTERS]);
  const parts = [overPicture(relu(conv2d(x, params("colour.weight", colourShape), { bias })))];
  let picture = x;
  for (let scale = 0; scale < SCALES; scale++) {
    if (scale > 0) picture = avgPool2d(picture, 2);
    // Without a border of zeros, which would be an edge of its own.
    parts.push(overPicture(abs(conv2d(picture, params(`texture${scale}.weight`, textureShape)))));
  }
  return concat(parts, 1);
}

/**
 * 48 numbers of a picture at 64 x 64: how much there is of 12 mixtures of colours, and how strongly 12 random filters of 5 x 5
 * respond at each of three scales, averaged over the picture. The filters are fixed, and made here: nothing is downloaded.
 *
 * They tell gross differences, such as noise, blur, wrong colours, missing texture or blank pictures. They do not see what is in a
 * picture: a set of blocks with the colours and the edges of faces is as good as faces to them. Do not compare good models
 * by them.
 *
 * "pool" is the only feature. A covariance of them needs 49 images; at 32 pixels, 1,000 images take about a second.
 */
export const randomConvolutions = (): GraphNetwork => ({
  name: NAME,
  resize: "clean",
  size: [SIDE, SIDE],
  features: { pool: LENGTH },
  fewest: LENGTH + 1,
  weights: filters(),
  apply: (params, pictures) => ({ pool: features(params, mul(sub(pictures, 127.5), 1 / 25.5)) }),
});
