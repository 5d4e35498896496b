// The residual block, conditioned on the noise level, which may also halve or double the size (Dhariwal & Nichol 2021).
import {
  type Affine,
  add,
  avgPool2d,
  type Conv,
  type HostArray,
  initAffine,
  initConv,
  initLinear,
  type Linear,
  linear,
  mul,
  type Random,
  reshape,
  silu,
  split,
  type Tensor,
  upsampleConv2d,
  upsampleNearest,
} from "@imagefn/ops";
import { conv, norm } from "./layers.js";

/** The parameters of a residual block. */
export interface ResidualBlock<T = Tensor> {
  /** The first normalisation, of the input. */
  norm1: Affine<T>;
  /** 3 x 3, from the input's channels to the output's. */
  conv1: Conv<T>;
  /** From the noise embedding to a shift of each channel, or to (scale, shift) of each. */
  embedding: Linear<T>;
  /** The second normalisation, which the noise embedding moves. */
  norm2: Affine<T>;
  /** 3 x 3, which begins at zero. */
  conv2: Conv<T>;
  /** 1 x 1, where the widths of input and output differ. */
  skip?: Conv<T>;
}

/** How a residual block takes the noise level. */
export interface ResidualBlockOptions {
  /** Numbers in the noise embedding. */
  readonly embeddingWidth: number;
  /** The embedding scales and shifts the second normalisation; otherwise it is added before it. */
  readonly scaleShift: boolean;
}

/** conv2 begins at zero, so that the block begins as its skip; the other layers as PyTorch's do. */
export function initResidualBlock(
  random: Random,
  inputs: number,
  outputs: number,
  { embeddingWidth, scaleShift }: ResidualBlockOptions,
): ResidualBlock<HostArray> {
  return {
    norm1: initAffine(inputs),
    conv1: initConv(random.stream("conv1"), inputs, outputs, 3),
    embedding: initLinear(random.stream("embedding"), embeddingWidth, scaleShift ? 2 * outputs : outputs),
    norm2: initAffine(outputs),
    conv2: initConv(random.stream("conv2"), outputs, outputs, 3, { init: "zero" }),
    skip: inputs === outputs ? undefined : initConv(random.stream("skip"), inputs, outputs, 1),
  };
}

/** What a residual block does besides its layers. */
export interface ResidualOptions {
  /** Groups of both normalisations. */
  readonly groups: number;
  /** What becomes of the size; it stays if left out. */
  readonly resample?: Resample;
}

/** Half the size by means of 2 x 2 pixels, or twice the size by repeated pixels. */
export type Resample = "down" | "up";

const resized = (x: Tensor, to?: Resample): Tensor =>
  to === "down" ? avgPool2d(x, 2) : to === "up" ? upsampleNearest(x, 2) : x;

/** x [batch, in, h, w], noise embedding [batch, width] -> [batch, out, h, w], or [.., h/2, w/2], or [.., 2h, 2w]. */
export function residualBlock(
  params: ResidualBlock,
  x: Tensor,
  embedding: Tensor,
  { groups, resample }: ResidualOptions,
): Tensor {
  const { norm1, conv1, norm2, conv2, skip } = params;
  const outputs = conv2.weight.shape[0];
  const active = silu(norm(norm1, x, groups));
  let h =
    resample === "up" ? upsampleConv2d(active, conv1.weight, conv1) : conv(conv1, resized(active, resample));
  const e = linear(params.embedding, silu(embedding));
  if (e.shape[1] === outputs) {
    h = norm(norm2, add(h, reshape(e, [-1, outputs, 1, 1])), groups);
  } else {
    // norm2, then (1 + scale) h + shift: one scale and shift for each image and channel.
    const [scale, shift] = split(e, 2);
    const gain = add(scale, 1);
    h = norm({ weight: mul(norm2.weight, gain), bias: add(mul(norm2.bias, gain), shift) }, h, groups);
  }
  const kept = resized(x, resample);
  return add(skip ? conv(skip, kept) : kept, conv(conv2, silu(h)));
}
