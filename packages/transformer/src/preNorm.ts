// The residual branches of a pre-norm transformer block, which decoder and U-ViT blocks share.
import {
  type Affine,
  add,
  gelu,
  type HostArray,
  initAffine,
  initLinear,
  type Linear,
  type LinearInit,
  layerNorm,
  linear,
  type Random,
  type Tensor,
} from "@imagefn/ops";
import { selfAttention } from "./attention.js";

/** Self-attention over normalised tokens [batch, tokens, dim]: the parameters of one residual branch. */
export interface SelfBranch<T = Tensor> {
  norm: Affine<T>;
  qkv: Linear<T>;
  proj: Linear<T>;
}

/** A two-layer MLP over normalised tokens [batch, tokens, dim]: the parameters of one residual branch. */
export interface MlpBranch<T = Tensor> {
  norm: Affine<T>;
  fc1: Linear<T>;
  fc2: Linear<T>;
}

/** No bias on queries, keys and values. The numbers are those of the streams `${name}.qkv` and `${name}.proj`. */
export const initSelfBranch = (
  random: Random,
  dim: number,
  name: string,
  init?: LinearInit,
): SelfBranch<HostArray> => ({
  norm: initAffine(dim),
  qkv: initLinear(random.stream(`${name}.qkv`), dim, 3 * dim, { init, bias: false }),
  proj: initLinear(random.stream(`${name}.proj`), dim, dim, { init }),
});

export const initMlpBranch = (
  random: Random,
  dim: number,
  mlpRatio: number,
  init?: LinearInit,
): MlpBranch<HostArray> => ({
  norm: initAffine(dim),
  fc1: initLinear(random.stream("fc1"), dim, mlpRatio * dim, { init }),
  fc2: initLinear(random.stream("fc2"), mlpRatio * dim, dim, { init }),
});

/** x + Attention(LN(x)): x [batch, tokens, dim] -> the same. */
export const selfBranch = ({ norm, qkv, proj }: SelfBranch, x: Tensor, heads: number): Tensor =>
  add(x, linear(proj, selfAttention(qkv, layerNorm(x, { affine: norm }), heads)));

/** x + MLP(LN(x)): x [batch, tokens, dim] -> the same. */
export const mlpBranch = (
  { norm, fc1, fc2 }: MlpBranch,
  x: Tensor,
  activation: (x: Tensor) => Tensor = gelu,
): Tensor => add(x, linear(fc2, activation(linear(fc1, layerNorm(x, { affine: norm })))));
