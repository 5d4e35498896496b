// A step of the probability-flow ODE in a graph, dx/dsigma = (x - D(x, sigma)) / sigma, from one noise level of each image to another.
import { add, div, mul, sub, type Tensor } from "@imagefn/ops";
import { perImage } from "./scalings.js";

/** The noise levels of a batch, [batch] each, above 0. */
interface Levels {
  readonly sigmaHigh: Tensor;
  readonly sigmaLow: Tensor;
}

/**
 * One step of Heun's method from sigmaHigh to sigmaLow: Euler's, with the mean of the slopes at both ends (Karras et al. 2022,
 * algorithm 1).
 * @param denoise D(x, sigma), the clean images that noisy ones [batch, 3, h, w] are expected to have
 * @param x images at sigmaHigh, [batch, 3, h, w]
 */
export function heunStep(
  denoise: (x: Tensor, sigma: Tensor) => Tensor,
  x: Tensor,
  { sigmaHigh, sigmaLow }: Levels,
): Tensor {
  const slopeAt = (x: Tensor, sigma: Tensor) => div(sub(x, denoise(x, sigma)), perImage(sigma));
  const step = perImage(sub(sigmaLow, sigmaHigh));
  const slope = slopeAt(x, sigmaHigh);
  const there = add(x, mul(slope, step));
  return add(x, mul(mul(add(slope, slopeAt(there, sigmaLow)), 0.5), step));
}
