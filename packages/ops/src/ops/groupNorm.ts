// Normalisation over groups of channels (Wu & He 2018), with its gradient in closed form.
import type { OnnxGraph } from "../onnx/graph.js";
import { check, type Shape, sameShape, size } from "../shape.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { add, mul, sub } from "./arithmetic.js";
import type { Affine } from "./layerNorm.js";
import { broadcastTo, sum } from "./reduce.js";
import { reshape } from "./reshape.js";
import { moments } from "./rows.js";
import { channelAffine, runDot, scaleShift } from "./runs.js";
import { constant, constantOf } from "./source.js";

interface Groups {
  readonly groups: number;
  readonly eps: number;
}

/** How many numbers of an image [c, h, w] form a group. */
const groupSize = (x: Shape, { groups }: Groups) => size(x.slice(1)) / groups;

/** One node gives x normalised, the mean and the inverse standard deviation, each [batch, groups, ..]. */
const normalizeNode = (graph: OnnxGraph, x: string, shape: Shape, attrs: Groups): string[] =>
  graph.memo(`groupNorm ${x} ${attrs.groups} ${attrs.eps}`, () => {
    const n = groupSize(shape, attrs);
    const [ones] = graph.memo(`${n} ones`, () => [graph.float(new Float32Array(n).fill(1), [n])]);
    const rows = graph.node("Reshape", [x, graph.int64([shape[0], attrs.groups, n])]);
    const settings = { axis: -1, epsilon: { float: attrs.eps } };
    return graph.nodes("LayerNormalization", [rows, ones], settings, { outputs: 3 });
  });

/** What GPU.js computes both of the ops below by. */
const momentsOf = (x: Tensor, attrs: Groups) =>
  moments(reshape(x, [x.shape[0], attrs.groups, groupSize(x.shape, attrs)]), attrs.eps);

/** The mean of each group: [batch, groups, 1]. */
const groupMeanOp: Op<Groups> = {
  name: "groupMean",
  shape: ([[b]], { groups }) => [b, groups, 1],
  gradient(g, { inputs: [x], attrs }) {
    const n = groupSize(x.shape, attrs);
    return [reshape(broadcastTo(mul(g, 1 / n), [x.shape[0], attrs.groups, n]), x.shape)];
  },
  onnx: (graph, [x], { inputs, attrs }) => normalizeNode(graph, x, inputs[0].shape, attrs)[1],
  expand: ({ inputs: [x], attrs }) => momentsOf(x, attrs).mean,
};

/** 1 / sqrt(variance + eps) of each group, from x and the means: [batch, groups, 1]. */
const groupInverseStdOp: Op<Groups> = {
  name: "groupInverseStd",
  shape: ([, means]) => means,
  // ds/dx = -s^2 y / n, y the normalised x
  gradient(g, s) {
    const [x] = s.inputs;
    const by = mul(mul(g, mul(s, s)), -1 / groupSize(x.shape, s.attrs));
    const flat = reshape(by, [-1]);
    return [scaleShift(normalized(x, s.attrs), flat, mul(flat, 0)), undefined];
  },
  onnx: (graph, [x], { inputs, attrs }) => normalizeNode(graph, x, inputs[0].shape, attrs)[2],
  expand: ({ inputs: [x], attrs }) => momentsOf(x, attrs).inverseStd,
};

/** From x, its means and inverse standard deviations, and a scale and shift, each [channels] or [batch, channels]. */
const groupNormOp: Op<Groups> = {
  name: "groupNorm",
  shape(shapes, { groups }) {
    const [x, , , weight, bias] = shapes;
    const [b, c] = x;
    check(x.length === 4 && c % groups === 0, "groupNorm", `[b, c, h, w] with c divisible by ${groups}`, [x]);
    check(
      sameShape(weight, bias) && (sameShape(weight, [c]) || sameShape(weight, [b, c])),
      "groupNorm",
      `a scale and a shift [${c}] or [${b}, ${c}]`,
      [weight, bias],
    );
    return x;
  },
  // With y the normalised x, s the inverse standard deviation and w the scale, over the n numbers of a group:
  // dx = s w g - s (sum(w g) + y sum(w g y)) / n. The sums are those over each channel, which dw and the shift need too.
  gradient(g, { inputs: [x, , s, weight], attrs }) {
    const { groups } = attrs;
    const [b, c] = x.shape;
    const y = normalized(x, attrs);
    const sums = sum(g, [2, 3]);
    const products = reshape(runDot(g, y, b * c), [b, c]);
    const w = reshape(weight, [-1, groups, c / groups]);
    const f = mul(s, -1 / groupSize(x.shape, attrs));
    const overGroup = (v: Tensor) =>
      reshape(mul(sum(mul(reshape(v, [b, groups, -1]), w), [2], { keepDims: true }), f), [b * groups]);
    const dx = add(
      mul(g, reshape(mul(s, w), [b, c, 1, 1])),
      scaleShift(y, overGroup(products), overGroup(sums)),
    );
    const perParameter = (v: Tensor) => (weight.shape.length === 1 ? sum(v, [0]) : v);
    return [dx, undefined, undefined, perParameter(products), perParameter(sums)];
  },
  onnx(graph, [x, , , weight, bias], { inputs, shape, attrs }) {
    const [y] = normalizeNode(graph, x, shape, attrs);
    const every = (i: number, value: number) => constantOf(inputs[i])?.data.every((v) => v === value);
    if (every(3, 1) && every(4, 0)) return graph.node("Reshape", [y, graph.int64(shape)]);
    const [b, c, h, w] = shape;
    if (inputs[3].shape.length === 1)
      return channelAffine(graph, graph.node("Reshape", [y, graph.int64(shape)]), weight, bias, c);
    const flat = (v: string) => graph.node("Reshape", [v, graph.int64([b * c])]);
    const planes = graph.node("Reshape", [y, graph.int64([1, b * c, h * w])]);
    const moved = channelAffine(graph, planes, flat(weight), flat(bias), b * c);
    return graph.node("Reshape", [moved, graph.int64(shape)]);
  },
  expand({ inputs: [x, means, inverses, weight, bias], shape: [b, c, h, w], attrs: { groups } }) {
    const apart = reshape(x, [b, groups, c / groups, h * w]);
    const each = (v: Tensor) => reshape(v, [-1, groups, v === means || v === inverses ? 1 : c / groups, 1]);
    const y = mul(sub(apart, each(means)), each(inverses));
    return reshape(add(mul(y, each(weight)), each(bias)), x.shape);
  },
};

/** x normalised, without a scale or shift. */
function normalized(x: Tensor, attrs: Groups, affine?: Affine): Tensor {
  const c = x.shape[1];
  const each = (value: number) => constant({ shape: [c], data: new Float32Array(c).fill(value) });
  const means = apply(groupMeanOp, [x], attrs);
  const inverses = apply(groupInverseStdOp, [x, means], attrs);
  return apply(groupNormOp, [x, means, inverses, affine?.weight ?? each(1), affine?.bias ?? each(0)], attrs);
}

/** What group normalisation adds to the variance, and what follows it. */
export interface GroupNormOptions {
  /** Added to the variance; 1e-5 if left out. */
  readonly eps?: number;
  /** Scale and shift after it: [channels], or [batch, channels] for other ones in each image. */
  readonly affine?: Affine;
}

/** (x - mean) / sqrt(variance + eps) of x [batch, channels, h, w] over each of `groups` groups of channels. */
export const groupNorm = (x: Tensor, groups: number, options: GroupNormOptions = {}): Tensor =>
  normalized(x, { groups, eps: options.eps ?? 1e-5 }, options.affine);
