// The noise level as a vector: DiT's time embedding, of t = 250 ln sigma (Peebles & Xie 2023).
import {
  type HostArray,
  initLinear,
  type Linear,
  linear,
  type Random,
  silu,
  sinusoid,
  type Tensor,
} from "@imagefn/ops";

/** Numbers in the sinusoid. */
export const FREQUENCIES = 256;

/** The parameters of a noise embedding. */
export interface NoiseEmbedding<T = Tensor> {
  /** From 256 sines and cosines to dim. */
  fc1: Linear<T>;
  /** From dim to dim, after SiLU. */
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
