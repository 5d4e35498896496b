// The block that turns image-function tokens into weights: attention to themselves, to the image, then an MLP (ANR).
import {
  type Affine,
  add,
  gelu,
  type HostArray,
  initAffine,
  initLinear,
  type Linear,
  layerNorm,
  linear,
  type Random,
  type Tensor,
} from "@imagefn/ops";
import { crossAttention, selfAttention } from "./attention.js";

export interface DecoderBlock<T = Tensor> {
  /** Present where the tokens attend to each other. */
  self?: { norm: Affine<T>; qkv: Linear<T>; proj: Linear<T> };
  cross: { norm: Affine<T>; q: Linear<T>; kv: Linear<T>; proj: Linear<T> };
  mlp: { norm: Affine<T>; fc1: Linear<T>; fc2: Linear<T> };
}

export interface DecoderBlockOptions {
  readonly selfAttention: boolean;
  readonly mlpRatio?: number;
}

/** PyTorch's default initialisation; no bias on queries, keys and values. */
export function initDecoderBlock(
  random: Random,
  dim: number,
  { selfAttention, mlpRatio = 4 }: DecoderBlockOptions,
): DecoderBlock<HostArray> {
  const layer = (name: string, inputs: number, outputs: number, bias = true) =>
    initLinear(random.stream(name), inputs, outputs, { bias });
  return {
    self: selfAttention
      ? {
          norm: initAffine(dim),
          qkv: layer("self.qkv", dim, 3 * dim, false),
          proj: layer("self.proj", dim, dim),
        }
      : undefined,
    cross: {
      norm: initAffine(dim),
      q: layer("cross.q", dim, dim, false),
      kv: layer("cross.kv", dim, 2 * dim, false),
      proj: layer("cross.proj", dim, dim),
    },
    mlp: {
      norm: initAffine(dim),
      fc1: layer("fc1", dim, mlpRatio * dim),
      fc2: layer("fc2", mlpRatio * dim, dim),
    },
  };
}

/**
 * tokens [batch, n, dim], context [batch, m, dim] (already normalised) -> [batch, n, dim].
 * @param activation of the MLP: GELU with erf, as in ANR; `geluTanh` for weights trained with that form
 */
export function decoderBlock(
  { self, cross, mlp }: DecoderBlock,
  tokens: Tensor,
  context: Tensor,
  heads: number,
  activation: (x: Tensor) => Tensor = gelu,
): Tensor {
  let x = tokens;
  if (self)
    x = add(x, linear(self.proj, selfAttention(self.qkv, layerNorm(x, { affine: self.norm }), heads)));
  x = add(
    x,
    linear(
      cross.proj,
      crossAttention(cross.q, cross.kv, layerNorm(x, { affine: cross.norm }), context, heads),
    ),
  );
  return add(x, linear(mlp.fc2, activation(linear(mlp.fc1, layerNorm(x, { affine: mlp.norm })))));
}
