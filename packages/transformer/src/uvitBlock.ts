// The block of U-ViT (Bao et al. 2023): pre-norm attention and MLP, in its second half after a long skip connection.
import {
  concat,
  type HostArray,
  initLinear,
  type Linear,
  linear,
  type Random,
  type Tensor,
} from "@imagefn/ops";
import {
  initMlpBranch,
  initSelfBranch,
  type MlpBranch,
  mlpBranch,
  type SelfBranch,
  selfBranch,
} from "./preNorm.js";

/** The parameters of a U-ViT block. */
export interface UvitBlock<T = Tensor> {
  /** From [tokens, skip], 2 dim wide, to dim: present in the second half. */
  skip?: Linear<T>;
  /** Self-attention, with its layer norm. */
  self: SelfBranch<T>;
  /** The MLP, with its layer norm. */
  mlp: MlpBranch<T>;
}

/**
 * U-ViT's weights: a normal of deviation 0.02, biases 0. Its code truncates them at -2 and 2,
 * a hundred deviations away, which no number of ours reaches.
 */
export const UVIT_INIT = 0.02;

/** Weights N(0, 0.02^2), biases 0; no bias on queries, keys and values. */
export const initUvitBlock = (
  random: Random,
  dim: number,
  { skip, mlpRatio = 4 }: { skip: boolean; mlpRatio?: number },
): UvitBlock<HostArray> => ({
  skip: skip ? initLinear(random.stream("skip"), 2 * dim, dim, { init: UVIT_INIT }) : undefined,
  self: initSelfBranch(random, dim, "self", UVIT_INIT),
  mlp: initMlpBranch(random, dim, mlpRatio, UVIT_INIT),
});

/**
 * x [batch, tokens, dim] -> the same.
 * @param skip what the block's mirror image in the first half gave, like x; for a block that has a skip layer
 */
export function uvitBlock(params: UvitBlock, x: Tensor, heads: number, skip?: Tensor): Tensor {
  if (Boolean(skip) !== Boolean(params.skip))
    throw new Error(
      `transformer: uvitBlock: a skip connection ${params.skip ? "is needed" : "given to a block without one"}`,
    );
  const joined = skip && params.skip ? linear(params.skip, concat([x, skip], -1)) : x;
  return mlpBranch(params.mlp, selfBranch(params.self, joined, heads));
}
