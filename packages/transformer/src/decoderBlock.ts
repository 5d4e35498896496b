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
import { crossAttention } from "./attention.js";
import {
  initMlpBranch,
  initSelfBranch,
  type MlpBranch,
  mlpBranch,
  type SelfBranch,
  selfBranch,
} from "./preNorm.js";

/** The parameters of a decoder block. */
export interface DecoderBlock<T = Tensor> {
  /** Present where the tokens attend to each other. */
  self?: SelfBranch<T>;
  /** Attention to the context: kv packs [k | v]. */
  cross: { norm: Affine<T>; q: Linear<T>; kv: Linear<T>; proj: Linear<T> };
  /** The MLP, with its layer norm. */
  mlp: MlpBranch<T>;
}

/** Which parts a decoder block has. */
export interface DecoderBlockOptions {
  /** Tokens attend to each other first. */
  readonly selfAttention: boolean;
  /** Hidden width of the MLP over dim; 4 if left out. */
  readonly mlpRatio?: number;
}

/** PyTorch's default initialisation; no bias on queries, keys and values. */
export function initDecoderBlock(
  random: Random,
  dim: number,
  { selfAttention, mlpRatio = 4 }: DecoderBlockOptions,
): DecoderBlock<HostArray> {
  const layer = (name: string, outputs: number, bias: boolean) =>
    initLinear(random.stream(name), dim, outputs, { bias });
  return {
    self: selfAttention ? initSelfBranch(random, dim, "self") : undefined,
    cross: {
      norm: initAffine(dim),
      q: layer("cross.q", dim, false),
      kv: layer("cross.kv", 2 * dim, false),
      proj: layer("cross.proj", dim, true),
    },
    mlp: initMlpBranch(random, dim, mlpRatio),
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
  const x = self ? selfBranch(self, tokens, heads) : tokens;
  const seen = crossAttention(cross.q, cross.kv, layerNorm(x, { affine: cross.norm }), context, heads);
  return mlpBranch(mlp, add(x, linear(cross.proj, seen)), activation);
}
