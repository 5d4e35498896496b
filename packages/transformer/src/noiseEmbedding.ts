// The noise level as a vector (SPEC: DiT's time embedding of t = 250 ln sigma).
import {
  concat,
  constant,
  cos,
  type HostArray,
  type Linear,
  linear,
  mul,
  type Random,
  reshape,
  silu,
  sin,
  type Tensor,
} from "@imagefn/ops";
import { initLinear } from "./init.js";

const MAX_PERIOD = 10000;
/** Numbers in the sinusoid. */
export const FREQUENCIES = 256;

/** [cos(t w), sin(t w)], w_j = 10000^(-j / (dim/2)): t [batch] -> [batch, dim]. */
export function sinusoid(t: Tensor, dim: number): Tensor {
  const half = dim / 2;
  const w = Float32Array.from({ length: half }, (_, j) => MAX_PERIOD ** (-j / half));
  const angle = mul(reshape(t, [-1, 1]), constant({ shape: [half], data: w }));
  return concat([cos(angle), sin(angle)], -1);
}

export interface NoiseEmbedding<T = Tensor> {
  fc1: Linear<T>;
  fc2: Linear<T>;
}

/** Both weights N(0, 0.02^2), biases 0. */
export const initNoiseEmbedding = (random: Random, dim: number): NoiseEmbedding<HostArray> => ({
  fc1: initLinear(random.stream("fc1"), FREQUENCIES, dim, { init: 0.02 }),
  fc2: initLinear(random.stream("fc2"), dim, dim, { init: 0.02 }),
});

/** t = 250 ln sigma, [batch] -> [batch, dim]. */
export const noiseEmbedding = ({ fc1, fc2 }: NoiseEmbedding, t: Tensor): Tensor =>
  linear(fc2, silu(linear(fc1, sinusoid(t, fc1.weight.shape[1]))));
