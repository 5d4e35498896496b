// The parameterisation f = c_skip x + c_out F(c_in x, t) (Song et al. 2023, appendix C; the paper, A.1).
import { add, div, greater, log, mul, reshape, sqrt, square, sub, type Tensor, where } from "@imagefn/ops";

/** One number per image, [batch], as [batch, 1, 1, 1]. */
export const perImage = (v: Tensor): Tensor => reshape(v, [-1, 1, 1, 1]);

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

/**
 * How f is made of the network F. "skip" is the paper's: f = c_skip x + c_out F. "function" is F alone, sd F above sigmaMin,
 * and x at sigmaMin: every f is an image function then, at every noise level, where c_skip would let through noise that no
 * function draws.
 */
export type Parameterisation = "skip" | "function";

/** Both, for checks and help. */
export const parameterisations = ["skip", "function"] as const satisfies readonly Parameterisation[];

/**
 * How an estimate of the image is made of the network: as a parameterisation says, or as EDM's D(x, sigma), whose c_skip and c_out are
 * those of "skip" without sigmaMin: sd^2 / (s^2 + sd^2) and s sd / sqrt(s^2 + sd^2) (Karras et al. 2022, table 1).
 */
export type Scaling = Parameterisation | "edm";

/** The scaling of a model of that objective and parameterisation: "edm" for a diffusion model with the skip term. */
export const scalingOf = ({
  objective,
  parameterisation,
}: {
  readonly objective: "consistency" | "diffusion" | "distill";
  readonly parameterisation: Parameterisation;
}): Scaling => (objective === "diffusion" && parameterisation === "skip" ? "edm" : parameterisation);

/**
 * The factor on a generated function's output at a noise level above sigmaMin: c_out, or sd for "function". With a skip term the
 * function is f only where that term may be dropped: at sigmaMax its share is 4e-5.
 */
export const functionScale = (scaling: Scaling, sigma = sigmaMax): number => {
  if (scaling === "function") return sigmaData;
  return scaling === "edm" ? sigma * sigmaData * cIn(sigma) : cOut(sigma);
};

/**
 * The factor on F alone, an image function, that makes it an estimate of the image at a noise level: sd for "function". With the
 * skip term c_out / (1 - c_skip): f = c_skip (x0 + sigma z) + c_out F is x0 but for the noise, which no function cancels, where
 * c_out F is (1 - c_skip) x0. Below a level of about 0.5, where 1 - c_skip is small, errors of F grow.
 */
export const imageScale = (parameterisation: Parameterisation, sigma: number): number =>
  parameterisation === "function" ? sigmaData : cOut(sigma) / (1 - cSkip(sigma));

/** What F takes. */
export interface NetworkInputs {
  /** c_in x, [batch, 3, h, w] */
  readonly x: Tensor;
  /** 250 ln sigma, [batch] */
  readonly t: Tensor;
}

/** What F takes for x [batch, 3, h, w] at the noise levels sigma [batch]. */
export const networkInputs = (x: Tensor, sigma: Tensor): NetworkInputs => ({
  x: div(x, perImage(sqrt(add(square(sigma), sigmaData ** 2)))),
  t: mul(log(sigma), 250),
});

/** The free-form network: (c_in x [batch, 3, h, w], t [batch]) -> [batch, 3, h, w]. */
export type FreeForm = (x: Tensor, t: Tensor) => Tensor;

/**
 * f(x, sigma) in a graph (Song et al. 2023, Eq. 5 and appendix C): x [batch, 3, h, w], sigma [batch] ->
 * [batch, 3, h, w]; exactly x where sigma = sigmaMin, except with "edm", where it is D(x, sigma).
 */
export function consistencyFunction(
  network: FreeForm,
  x: Tensor,
  sigma: Tensor,
  scaling: Scaling = "skip",
): Tensor {
  const inputs = networkInputs(x, sigma);
  const y = network(inputs.x, inputs.t);
  if (scaling === "function") return where(perImage(greater(sigma, sigmaMin)), mul(y, sigmaData), x);
  const scale = sqrt(add(square(sigma), sigmaData ** 2));
  const above = scaling === "edm" ? sigma : sub(sigma, sigmaMin);
  const skip = div(sigmaData ** 2, add(square(above), sigmaData ** 2));
  const out = mul(div(above, scale), sigmaData);
  return add(mul(x, perImage(skip)), mul(y, perImage(out)));
}
