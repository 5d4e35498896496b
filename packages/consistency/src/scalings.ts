// The parameterisation f = c_skip x + c_out F(c_in x, t) (Song et al. 2023, appendix C; the paper, A.1).
import { add, div, log, mul, reshape, sqrt, square, sub, type Tensor } from "@imagefn/ops";

/** The standard deviation of image data in [-1, 1]. */
export const sigmaData = 0.5;
/** The lowest noise level: f is the identity there. */
export const sigmaMin = 0.002;
/** The highest noise level: samples start there. */
export const sigmaMax = 80;

/** c_skip = sd^2 / ((s - smin)^2 + sd^2): 1 at sigmaMin. */
export const cSkip = (sigma: number): number => sigmaData ** 2 / ((sigma - sigmaMin) ** 2 + sigmaData ** 2);

/** c_out = sd (s - smin) / sqrt(s^2 + sd^2): 0 at sigmaMin. */
export const cOut = (sigma: number): number =>
  (sigmaData * (sigma - sigmaMin)) / Math.hypot(sigma, sigmaData);

/** c_in = 1 / sqrt(s^2 + sd^2): inputs of unit variance. */
export const cIn = (sigma: number): number => 1 / Math.hypot(sigma, sigmaData);

/** t = 250 ln s, what the noise embedding sees; -1553.7 at sigmaMin, 1095.5 at sigmaMax. */
export const timeOf = (sigma: number): number => 250 * Math.log(sigma + 1e-44);

/** The free-form network: (c_in x [batch, 3, h, w], t [batch]) -> [batch, 3, h, w]. */
export type FreeForm = (x: Tensor, t: Tensor) => Tensor;

/**
 * f(x, sigma) in a graph (Song et al. 2023, Eq. 5 and appendix C): x [batch, 3, h, w], sigma [batch] ->
 * [batch, 3, h, w]; exactly x where sigma = sigmaMin.
 */
export function consistencyFunction(network: FreeForm, x: Tensor, sigma: Tensor): Tensor {
  const perImage = (v: Tensor) => reshape(v, [-1, 1, 1, 1]);
  const scale = sqrt(add(square(sigma), sigmaData ** 2));
  const above = sub(sigma, sigmaMin);
  const skip = div(sigmaData ** 2, add(square(above), sigmaData ** 2));
  const out = mul(div(above, scale), sigmaData);
  const y = network(div(x, perImage(scale)), mul(log(sigma), 250));
  return add(mul(x, perImage(skip)), mul(y, perImage(out)));
}
