// The two layers that everything here is made of: a convolution that keeps the size, and group normalisation.
import { type Affine, type Conv, conv2d, groupNorm, type Tensor } from "@imagefn/ops";

/** Cross-correlation with an odd kernel and as much padding as keeps the size. */
export const conv = ({ weight, bias }: Conv, x: Tensor, stride = 1): Tensor =>
  conv2d(x, weight, { stride, pad: (weight.shape[2] - 1) / 2, bias });

/**
 * Groups of a normalisation: the largest divisor of the channels that is at most 32 and leaves 4 channels in a group.
 * That is 32, as in the paper, for every multiple of 32 from 128 up. In a group of one channel the normalisation would
 * undo what the noise level adds to it (hence 4, as in Karras et al. 2022).
 */
export function groupsOf(channels: number): number {
  let groups = Math.max(1, Math.min(32, Math.floor(channels / 4)));
  while (channels % groups !== 0) groups--;
  return groups;
}

/** Group normalisation with a scale and shift for each channel, [channels] or [batch, channels]. */
export const norm = (affine: Affine, x: Tensor): Tensor => groupNorm(x, groupsOf(x.shape[1]), { affine });
