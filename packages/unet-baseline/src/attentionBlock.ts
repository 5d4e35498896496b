// Self-attention among the pixels of a feature map, as a residual block (Dhariwal & Nichol 2021).
import {
  type Affine,
  add,
  attention,
  conv2d,
  type HostArray,
  initAffine,
  initLinear,
  type Linear,
  type Random,
  reshape,
  slice,
  type Tensor,
  transpose,
} from "@imagefn/ops";
import { norm } from "./layers.js";

/** The parameters of attention among pixels. */
export interface AttentionBlock<T = Tensor> {
  /** The normalisation before it. */
  norm: Affine<T>;
  /** Packs [q | k | v], each (head, channel of the head). */
  qkv: Linear<T>;
  /** The output layer. */
  proj: Linear<T>;
}

/** proj begins at zero, so that the block begins as the identity; qkv as PyTorch's layers do. */
export const initAttentionBlock = (random: Random, width: number): AttentionBlock<HostArray> => ({
  norm: initAffine(width),
  qkv: initLinear(random.stream("qkv"), width, 3 * width),
  proj: initLinear(random.stream("proj"), width, width, { init: "zero" }),
});

/** A linear layer of the channels of each pixel: x [batch, in, h, w], weight rows `start` to `start + n`. */
function pointwise({ weight, bias }: Linear, x: Tensor, start = 0, n = weight.shape[0]): Tensor {
  // Cutting the weight is far cheaper than cutting the activations it makes.
  const rows = reshape(slice(weight, 0, start, n), [n, -1, 1, 1]);
  return conv2d(x, rows, { bias: bias && slice(bias, 0, start, n) });
}

/** How attention divides its channels. */
export interface AttentionOptions {
  /** Channels of one head. */
  readonly headChannels: number;
  /** Groups of the normalisation. */
  readonly groups: number;
}

/** x [batch, width, h, w] -> the same. */
export function attentionBlock(
  params: AttentionBlock,
  x: Tensor,
  { headChannels, groups }: AttentionOptions,
): Tensor {
  const [b, c, h, w] = x.shape;
  const y = norm(params.norm, x, groups);
  const [q, k, v] = [0, 1, 2].map((i) =>
    reshape(pointwise(params.qkv, y, i * c, c), [b, c / headChannels, headChannels, h * w]),
  );
  const mixed = transpose(attention(transpose(q), transpose(k), transpose(v)));
  return add(x, pointwise(params.proj, reshape(mixed, x.shape)));
}
