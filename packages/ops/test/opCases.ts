// Every op with inputs of several shapes: the cases for gradient checks and for the agreement of engines.

import type { HostArray } from "@imagefn/ops";
import {
  abs,
  add,
  attention,
  avgPool2d,
  broadcastTo,
  clip,
  clipByGlobalNorm,
  concat,
  constant,
  conv2d,
  convTranspose2d,
  cos,
  div,
  ema,
  erf,
  exp,
  gather,
  gelu,
  geluTanh,
  globalNorm,
  grad,
  greater,
  groupNorm,
  layerNorm,
  linear,
  log,
  matmul,
  max,
  maximum,
  maxPool2d,
  mean,
  minimum,
  mul,
  neg,
  normalizeL2,
  oneHot,
  pad,
  random,
  relu,
  reshape,
  resizeBilinear,
  type Shape,
  sigmoid,
  silu,
  sin,
  slice,
  softmax,
  split,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
  upsampleConv2d,
  upsampleNearest,
  where,
} from "@imagefn/ops";

/** Makes the data of one input from its number in the case. */
export type Input = (i: number) => HostArray;

export interface OpCase {
  readonly inputs: readonly Input[];
  readonly f: (...x: Tensor[]) => Tensor;
  /** False where central differences are not the gradient: at a tie, or where it is stopped on purpose. */
  readonly smooth?: boolean;
}

const size = (shape: Shape) => shape.reduce((n, d) => n * d, 1);
const made = (shape: Shape, f: (u: Float32Array) => Float32Array) => (i: number) => ({
  shape,
  data: f(random(7).stream(`input ${i}`).uniform(size(shape))),
});

/** Standard normals. */
const normal =
  (...shape: number[]): Input =>
  (i) => ({ shape, data: random(7).stream(`input ${i}`).normal(size(shape)) });
/** Numbers from 1 to 2. */
const positive = (...shape: number[]): Input => made(shape, (u) => u.map((v) => 1 + v));
/**
 * Numbers at least 0.05 from each other, from those of the other inputs and from 0, in random order:
 * no kink of the op lies within a step of the central differences.
 */
const spaced =
  (...shape: number[]): Input =>
  (i) => {
    const u = random(7).stream(`input ${i}`).uniform(size(shape));
    const rank = [...u.keys()].sort((a, b) => u[a] - u[b]);
    const data = new Float32Array(u.length);
    rank.forEach((at, k) => {
      data[at] = 0.2 * (k - Math.floor(u.length / 2)) + 0.05 + 0.05 * i;
    });
    return { shape, data };
  };
/** These numbers. */
const exactly =
  (shape: Shape, ...values: number[]): Input =>
  () => ({ shape, data: Float32Array.from(values) });

const unary = (f: (x: Tensor) => Tensor, input = normal(3, 5)): OpCase => ({ inputs: [input], f });
const binary = (f: (a: Tensor, b: Tensor) => Tensor, a: Input, b: Input): OpCase => ({ inputs: [a, b], f });

const broadcasts: Record<string, (f: (a: Tensor, b: Tensor) => Tensor, make: typeof normal) => OpCase> = {
  "equal shapes": (f, make) => binary(f, make(3, 5), make(3, 5)),
  "a row": (f, make) => binary(f, make(2, 3, 5), make(5)),
  "a column by a row": (f, make) => binary(f, make(3, 1), make(1, 5)),
  "a scalar": (f, make) => binary(f, make(), make(2, 3)),
};
const binaries: [string, (a: Tensor, b: Tensor) => Tensor, typeof normal][] = [
  ["add", add, normal],
  ["sub", sub, normal],
  ["mul", mul, normal],
  ["div", div, positive],
  ["maximum", maximum, spaced],
  ["minimum", minimum, spaced],
];

const axisSets: (number[] | undefined)[] = [undefined, [0], [1], [-1], [0, 2], [1, 2], [0, 1]];
const reductions = { sum, mean, max };

const bits = [false, true];

/** The cases by name. */
export const opCases: Record<string, OpCase> = {
  ...Object.fromEntries(
    binaries.flatMap(([name, f, make]) =>
      Object.entries(broadcasts).map(([shapes, build]) => [`${name}, ${shapes}`, build(f, make)]),
    ),
  ),
  "add, an input to itself": unary((x) => add(x, mul(x, x))),
  greater: binary((a, b) => greater(a, b), spaced(3, 5), spaced(5)),
  where: {
    inputs: [exactly([2, 3], 0, 1, 1, 0, 0, 1), normal(2, 3), normal(3)],
    f: where,
  },
  clip: unary((x) => clip(x, -0.6, 0.71), spaced(3, 5)),
  neg: unary(neg),
  abs: unary(abs, spaced(3, 5)),
  square: unary(square),
  sqrt: unary(sqrt, positive(3, 5)),
  exp: unary(exp),
  log: unary(log, positive(3, 5)),
  sin: unary(sin),
  cos: unary(cos),
  tanh: unary(tanh),
  sigmoid: unary(sigmoid),
  erf: unary(erf),
  gelu: unary(gelu),
  geluTanh: unary(geluTanh),
  silu: unary(silu),
  relu: unary(relu, spaced(3, 5)),
  "tanh and others, far from 0": {
    inputs: [exactly([6], -100, -9, -4, 4, 9, 100)],
    f: (x) => concat([tanh(x), sigmoid(x), erf(x), gelu(x), geluTanh(x), silu(x), softmax(x)]),
  },
  "sin and cos, far from 0": {
    ...unary((x) => add(sin(x), mul(cos(x), 2)), exactly([5], -8000, -500.5, 3000, 71, 9999)),
    smooth: false,
  },
  stopGradient: { ...unary((x) => mul(x, stopGradient(square(x)))), smooth: false },

  ...Object.fromEntries(
    Object.entries(reductions).flatMap(([name, f]) =>
      axisSets.map((axes) => [
        `${name} over ${axes ? `[${axes}]` : "all"}`,
        unary((x) => f(x, axes), spaced(2, 3, 4)),
      ]),
    ),
  ),
  "sum, axes kept": unary((x) => sum(x, [0, 2], { keepDims: true }), normal(2, 3, 4)),
  // Off zero, since a sum that cancels is mostly the rounding of its terms.
  "sum of many": unary((x) => sum(add(x, 0.5), [0]), normal(1500, 2)),
  "max, equal largest": { ...unary((x) => max(x, [1]), exactly([2, 3], 1, 4, 4, 2, 2, 2)), smooth: false },

  reshape: unary((x) => square(reshape(x, [4, -1])), normal(2, 3, 4)),
  "transpose, matrix": unary((x) => square(transpose(x)), normal(3, 4)),
  "transpose, batch": unary((x) => square(transpose(x)), normal(2, 3, 4)),
  "transpose, rotated": unary((x) => square(transpose(x, [2, 0, 1])), normal(2, 3, 4)),
  "transpose, six axes": unary(
    (x) => square(transpose(x, [0, 2, 4, 5, 1, 3])),
    exactly([2, 1, 2, 3, 2, 2], ...Array.from({ length: 48 }, (_, i) => Math.sin(i))),
  ),
  broadcastTo: unary((x) => square(broadcastTo(x, [4, 2, 3, 2])), normal(2, 1, 2)),
  "concat, first axis": binary((a, b) => square(concat([a, b], 0)), normal(2, 3), normal(1, 3)),
  "concat, three in the middle": {
    inputs: [normal(2, 1, 3), normal(2, 2, 3), normal(2, 3, 3)],
    f: (...x) => square(concat(x, 1)),
  },
  "concat, last axis": binary((a, b) => square(concat([a, b])), normal(2, 3), normal(2, 2)),
  slice: unary((x) => square(slice(x, 1, 1, 2)), normal(3, 4, 2)),
  "slice, last axis": unary((x) => square(slice(x, -1, 2, 2)), normal(3, 4)),
  split: unary(
    (x) => {
      const [a, b, c] = split(x, 3, 1);
      return add(mul(a, b), c);
    },
    normal(2, 6),
  ),
  pad: unary((x) => add(square(pad(x, 1, 2, 1)), 1), normal(2, 3, 2)),

  ...Object.fromEntries(
    bits.flatMap((transA) =>
      bits.flatMap((transB) => {
        const name = `matmul ${transA ? "A'" : "A"} ${transB ? "B'" : "B"}`;
        const a = transA ? [4, 3] : [3, 4];
        const b = transB ? [5, 4] : [4, 5];
        const f = (x: Tensor, y: Tensor) => matmul(x, y, { transA, transB, alpha: 0.5 });
        return [
          [name, binary(f, normal(...a), normal(...b))],
          [`${name}, batches`, binary(f, normal(2, ...a), normal(2, ...b))],
          [`${name}, broadcast batches`, binary(f, normal(2, 1, ...a), normal(3, ...b))],
          [`${name}, batch by matrix`, binary(f, normal(2, ...a), normal(...b))],
          [`${name}, matrix by batch`, binary(f, normal(...a), normal(2, ...b))],
        ] as const;
      }),
    ),
  ),
  "matmul of transposes": binary((a, b) => matmul(transpose(a), transpose(b)), normal(4, 3), normal(5, 4)),
  linear: {
    inputs: [normal(2, 3, 4), normal(5, 4), normal(5)],
    f: (x, weight, bias) => linear({ weight, bias }, x),
  },
  "linear, no bias": binary((x, weight) => linear({ weight }, x), normal(3, 4), normal(5, 4)),
  softmax: unary(softmax, normal(2, 3, 4)),
  attention: { inputs: [normal(2, 3, 4), normal(2, 5, 4), normal(2, 5, 6)], f: attention },
  "attention, transposed": {
    inputs: [normal(2, 4, 3), normal(2, 4, 5), normal(2, 6, 5)],
    f: (q, k, v) => transpose(attention(transpose(q), transpose(k), transpose(v))),
  },
  "attention to one context": {
    inputs: [normal(2, 3, 4), normal(5, 4), normal(5, 6)],
    f: attention,
  },
  layerNorm: {
    inputs: [normal(3, 6), normal(6), normal(6)],
    f: (x, weight, bias) => layerNorm(x, { affine: { weight, bias } }),
  },
  "layerNorm, no affine": unary((x) => layerNorm(x, { eps: 1e-6 }), normal(2, 3, 6)),
  groupNorm: {
    inputs: [normal(2, 4, 2, 3), normal(4), normal(4)],
    f: (x, weight, bias) => groupNorm(x, 2, { affine: { weight, bias } }),
  },
  "groupNorm, other scales in each image": {
    inputs: [normal(2, 4, 2, 3), normal(2, 4), normal(2, 4)],
    f: (x, weight, bias) => groupNorm(x, 2, { affine: { weight, bias } }),
  },
  "groupNorm, large images": binary(
    (x, weight) => groupNorm(x, 1, { affine: { weight, bias: weight } }),
    normal(1, 2, 32, 17),
    normal(2),
  ),
  "groupNorm, no affine": unary((x) => groupNorm(x, 2), normal(2, 4, 2, 3)),
  normalizeL2: unary((x) => normalizeL2(x, 1), normal(2, 3, 2)),

  conv2d: {
    inputs: [normal(2, 2, 4, 5), normal(3, 2, 3, 3), normal(3)],
    f: (x, w, bias) => conv2d(x, w, { pad: 1, bias }),
  },
  "conv2d, stride 2": binary(
    (x, w) => conv2d(x, w, { stride: 2, pad: 1 }),
    normal(1, 2, 5, 6),
    normal(2, 2, 3, 3),
  ),
  "conv2d, cells left over": binary(
    (x, w) => conv2d(x, w, { stride: 3 }),
    normal(1, 1, 6, 7),
    normal(2, 1, 2, 2),
  ),
  "conv2d 1x1": binary((x, w) => conv2d(x, w), normal(2, 3, 2, 3), normal(4, 3, 1, 1)),
  "conv2d to fewer channels": binary(
    (x, w) => conv2d(x, w, { pad: 1 }),
    normal(2, 3, 4, 5),
    normal(2, 3, 3, 3),
  ),
  "conv2d, more weights than pixels": binary(
    (x, w) => conv2d(x, w, { pad: 1 }),
    normal(2, 4, 2, 3),
    normal(5, 4, 3, 3),
  ),
  "conv2d, more weights than pixels, to fewer channels": binary(
    (x, w) => conv2d(x, w, { pad: [1, 2] }),
    normal(2, 5, 3, 2),
    normal(3, 5, 3, 5),
  ),
  "conv2d, more weights than pixels, stride 2": binary(
    (x, w) => conv2d(x, w, { stride: 2, pad: 1 }),
    normal(2, 4, 4, 3),
    normal(5, 4, 3, 3),
  ),
  "conv2d 1x3, padded in columns": binary(
    (x, w) => conv2d(x, w, { pad: [0, 1] }),
    normal(2, 2, 3, 4),
    normal(3, 2, 1, 3),
  ),
  "conv2d 5x2, stride 2, padded unequally": binary(
    (x, w) => conv2d(x, w, { stride: 2, pad: [2, 1] }),
    normal(1, 2, 4, 5),
    normal(2, 2, 5, 2),
  ),
  "conv2d 1x7 after 7x1": {
    inputs: [normal(1, 2, 4, 3), normal(2, 2, 7, 1), normal(1, 2, 1, 7)],
    f: (x, tall, wide) => conv2d(conv2d(x, tall, { pad: [3, 0] }), wide, { pad: [0, 3] }),
  },
  "conv2d, wide padding": binary((x, w) => conv2d(x, w, { pad: 2 }), normal(1, 1, 3, 3), normal(1, 1, 2, 2)),
  convTranspose2d: {
    inputs: [normal(1, 2, 3, 2), normal(2, 3, 4, 4), normal(3)],
    f: (x, w, bias) => convTranspose2d(x, w, { stride: 2, pad: 1, bias }),
  },
  upsampleConv2d: {
    inputs: [normal(2, 2, 2, 3), normal(3, 2, 3, 3), normal(3)],
    f: (x, w, bias) => upsampleConv2d(x, w, { bias }),
  },
  "convTranspose2d, padded unequally": binary(
    (x, w) => convTranspose2d(x, w, { stride: 2, pad: [1, 0] }),
    normal(1, 2, 3, 2),
    normal(2, 2, 3, 2),
  ),
  "convTranspose2d, stride 1": binary(
    (x, w) => convTranspose2d(x, w),
    normal(1, 2, 3, 3),
    normal(2, 1, 2, 2),
  ),
  avgPool2d: unary((x) => square(avgPool2d(x, 2)), normal(2, 2, 4, 6)),
  "avgPool2d, overlapping": unary((x) => square(avgPool2d(x, 3, { stride: 1 })), normal(1, 2, 4, 5)),
  "avgPool2d, padded": unary((x) => square(avgPool2d(x, 3, { stride: 2, pad: 1 })), normal(1, 2, 5, 6)),
  "avgPool2d, cells left over": unary((x) => square(avgPool2d(x, 2)), normal(1, 1, 5, 3)),
  maxPool2d: unary((x) => maxPool2d(x, 2), spaced(2, 2, 4, 4)),
  "maxPool2d, overlapping": unary((x) => maxPool2d(x, 3, { stride: 2 }), spaced(1, 2, 5, 6)),
  "maxPool2d, padded": unary((x) => maxPool2d(x, 3, { stride: 2, pad: 1 }), spaced(1, 2, 4, 5)),
  "maxPool2d, equal largest": {
    ...unary((x) => maxPool2d(x, 2), exactly([1, 1, 2, 4], 1, 3, 2, 2, 3, 3, 2, 2)),
    smooth: false,
  },
  "upsampleNearest by 2": unary((x) => square(upsampleNearest(x, 2)), normal(2, 1, 2, 3)),
  "upsampleNearest by 3": unary((x) => square(upsampleNearest(x, 3)), normal(1, 2, 3, 2)),
  "resizeBilinear, larger": unary((x) => resizeBilinear(x, [5, 7]), normal(1, 2, 3, 4)),
  "resizeBilinear, smaller": unary((x) => resizeBilinear(x, [2, 3]), normal(1, 2, 5, 4)),

  gather: {
    inputs: [normal(5, 3), exactly([2, 2], 4, 0, 2, 2)],
    f: gather,
  },
  oneHot: { inputs: [exactly([4], 0, 2, 3, 9)], f: (index) => oneHot(index, 4) },
  globalNorm: binary((a, b) => globalNorm({ a, b }), normal(2, 3), normal(4)),
  clipByGlobalNorm: binary(
    (a, b) => {
      const clipped = clipByGlobalNorm({ a, b }, 1.5);
      return add(clipped.a, clipped.b);
    },
    normal(2, 3),
    normal(3),
  ),
  ema: binary((a, b) => ema({ a }, { a: b }, 0.9).a, normal(2, 3), normal(2, 3)),
};

/** The data of a case's inputs. */
export const dataOf = ({ inputs }: OpCase): HostArray[] => inputs.map((make, i) => make(i));

/** f(x), and for random g the gradient of sum(f(x) * g) by each input. */
export function valueAndGradients(f: OpCase["f"], x: readonly Tensor[]): Record<string, Tensor> {
  const value = f(...x);
  const n = value.shape.reduce((a, b) => a * b, 1);
  const g = constant({ shape: value.shape, data: random(5).stream("g").normal(n) });
  const slopes = grad(sum(mul(value, g)), [...x]) as Tensor[];
  return { value, ...Object.fromEntries(slopes.map((d, i) => [`gradient of input ${i}`, d])) };
}
