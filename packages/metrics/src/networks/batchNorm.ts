// Batch normalisation at inference is an affine map of each channel: it goes into the convolution before it.
import type { HostArray } from "@imagefn/ops";
import { type Weights, weightAt } from "./params.js";

export interface BatchNorm {
  /** Scale; 1 where the layer has none. */
  readonly gamma?: Float32Array;
  readonly beta: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/**
 * weight [out, in, kh, kw] of a convolution without bias, followed by (y - mean) / sqrt(variance + eps) gamma + beta:
 * the weight and bias of one convolution that does both. Computed in float64.
 */
export function foldBatchNorm(
  weight: HostArray,
  { gamma, beta, mean, variance }: BatchNorm,
  eps: number,
): { weight: HostArray; bias: HostArray } {
  const [outputs] = weight.shape;
  const each = weight.data.length / outputs;
  const data = new Float32Array(weight.data.length);
  const bias = new Float32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    const scale = (gamma?.[o] ?? 1) / Math.sqrt(variance[o] + eps);
    bias[o] = beta[o] - mean[o] * scale;
    for (let i = o * each; i < (o + 1) * each; i++) data[i] = weight.data[i] * scale;
  }
  return { weight: { shape: weight.shape, data }, bias: { shape: [outputs], data: bias } };
}

/** The batch norm at a path in PyTorch's names. @throws if one of its four arrays is missing. */
export function torchBatchNorm(weights: Weights, path: string, channels: number): BatchNorm {
  const at = (name: string) => weightAt(weights, `${path}.${name}`, [channels]).data;
  return { gamma: at("weight"), beta: at("bias"), mean: at("running_mean"), variance: at("running_var") };
}
