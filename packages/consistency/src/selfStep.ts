// The target's noisy image by the target's own estimate, for `trajectory: "self"`.
import { add, div, mul, sub, type Tensor } from "@imagefn/ops";
import { perImage } from "./scalings.js";

/** The noise levels of a batch, [batch] each. */
interface Levels {
  readonly sigmaHigh: Tensor;
  readonly sigmaLow: Tensor;
}

/**
 * One Euler step of the probability-flow ODE dx/dsigma = (x - D(x, sigma)) / sigma from sigmaHigh to sigmaLow, with f in place
 * of the denoiser D (Song et al. 2023, algorithm 2, whose D is a diffusion model that was trained before):
 * x + (sigmaLow - sigmaHigh) (x - f(x, sigmaHigh)) / sigmaHigh. A consistent f leads along a straight line to its own image, so
 * that f(x, sigmaHigh) learns what a second step at sigmaLow would make of it. The image of the data plays no part: it is blurred
 * where several images fit the same noise, and this is not.
 * @param f the target's, (x, sigma) -> image
 * @param x the student's noisy images [batch, 3, h, w]
 */
export function selfStep(
  f: (x: Tensor, sigma: Tensor) => Tensor,
  x: Tensor,
  { sigmaHigh, sigmaLow }: Levels,
): Tensor {
  const slope = div(sub(x, f(x, sigmaHigh)), perImage(sigmaHigh));
  return add(x, mul(slope, perImage(sub(sigmaLow, sigmaHigh))));
}
