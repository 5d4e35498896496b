// Steps of the probability-flow ODE in a graph, dx/dsigma = (x - D(x, sigma)) / sigma, from one noise level of each image to another.
import { add, div, mul, sub, type Tensor } from "@imagefn/ops";
import { perImage } from "./scalings.js";

/** The noise levels of a batch, [batch] each, above 0. */
interface Levels {
  readonly sigmaHigh: Tensor;
  readonly sigmaLow: Tensor;
}

/** D(x, sigma): the clean image that the noisy ones [batch, 3, h, w] are expected to have. */
type Denoiser = (x: Tensor, sigma: Tensor) => Tensor;

const slopeAt = (denoise: Denoiser, x: Tensor, sigma: Tensor): Tensor =>
  div(sub(x, denoise(x, sigma)), perImage(sigma));

/**
 * One Euler step, x + (sigmaLow - sigmaHigh) (x - D(x, sigmaHigh)) / sigmaHigh (Song et al. 2021).
 * @param x images at sigmaHigh, [batch, 3, h, w]
 */
export const eulerStep = (denoise: Denoiser, x: Tensor, { sigmaHigh, sigmaLow }: Levels): Tensor =>
  add(x, mul(slopeAt(denoise, x, sigmaHigh), perImage(sub(sigmaLow, sigmaHigh))));

/**
 * One step of Heun's method: Euler's, with the mean of the slopes at both ends (Karras et al. 2022, algorithm 1).
 * @param x images at sigmaHigh, [batch, 3, h, w]
 */
export function heunStep(denoise: Denoiser, x: Tensor, { sigmaHigh, sigmaLow }: Levels): Tensor {
  const step = perImage(sub(sigmaLow, sigmaHigh));
  const slope = slopeAt(denoise, x, sigmaHigh);
  const there = add(x, mul(slope, step));
  return add(x, mul(mul(add(slope, slopeAt(denoise, there, sigmaLow)), 0.5), step));
}
