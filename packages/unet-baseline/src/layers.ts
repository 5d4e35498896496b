// The two layers that everything here is made of: a convolution that keeps the size, and group normalisation.
import { type Affine, type Conv, conv2d, groupNorm, type Tensor } from "@imagefn/ops";

/** Cross-correlation with an odd kernel and as much padding as keeps the size. */
export const conv = ({ weight, bias }: Conv, x: Tensor, stride = 1): Tensor =>
  conv2d(x, weight, { stride, pad: (weight.shape[2] - 1) / 2, bias });

/** Group normalisation with a scale and shift for each channel, [channels] or [batch, channels]. */
export const norm = (affine: Affine, x: Tensor, groups: number): Tensor => groupNorm(x, groups, { affine });
