// The adaLN-Zero transformer block (DiT, Peebles & Xie 2023), conditioned on the noise level.
import {
  add,
  geluTanh,
  type HostArray,
  initLinear,
  type Linear,
  layerNorm,
  linear,
  mul,
  type Random,
  reshape,
  silu,
  split,
  type Tensor,
} from "@imagefn/ops";
import { selfAttention } from "./attention.js";

/** The parameters of an adaLN-Zero block. */
export interface EncoderBlock<T = Tensor> {
  /** Packs [q | k | v]. */
  qkv: Linear<T>;
  /** The attention's output layer. */
  proj: Linear<T>;
  /** The MLP: from dim to mlpRatio dim and back. */
  mlp: { fc1: Linear<T>; fc2: Linear<T> };
  /** (shift, scale, gate) of the attention, then of the MLP, from the condition. */
  ada: Linear<T>;
}

/** Xavier uniform, biases 0; ada all 0, so that the block begins as the identity. */
export function initEncoderBlock(random: Random, dim: number, mlpRatio = 4): EncoderBlock<HostArray> {
  const layer = (name: string, inputs: number, outputs: number) =>
    initLinear(random.stream(name), inputs, outputs, { init: "xavier" });
  return {
    qkv: layer("qkv", dim, 3 * dim),
    proj: layer("proj", dim, dim),
    mlp: { fc1: layer("fc1", dim, mlpRatio * dim), fc2: layer("fc2", mlpRatio * dim, dim) },
    ada: initLinear(random.stream("ada"), dim, 6 * dim, { init: "zero" }),
  };
}

/** Epsilon of the layer norms of adaLN blocks, as in DiT. */
export const EPS = 1e-6;

/** x [batch, tokens, dim], condition [batch, dim] -> [batch, tokens, dim]. */
export function encoderBlock(params: EncoderBlock, x: Tensor, condition: Tensor, heads: number): Tensor {
  const { qkv, proj, mlp, ada } = params;
  const [b, , dim] = x.shape;
  const [shift1, scale1, gate1, shift2, scale2, gate2] = split(linear(ada, silu(condition)), 6).map((v) =>
    reshape(v, [b, 1, dim]),
  );
  const modulated = (h: Tensor, scale: Tensor, shift: Tensor) =>
    add(mul(layerNorm(h, { eps: EPS }), add(scale, 1)), shift);
  const h = add(x, mul(linear(proj, selfAttention(qkv, modulated(x, scale1, shift1), heads)), gate1));
  return add(h, mul(linear(mlp.fc2, geluTanh(linear(mlp.fc1, modulated(h, scale2, shift2)))), gate2));
}
