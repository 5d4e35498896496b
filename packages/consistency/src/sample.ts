// Sampling: one step from pure noise, or several (Song et al. 2023, algorithm 1).
import {
  constant,
  type HostArray,
  mul,
  type Program,
  program,
  type Runnable,
  random,
  type Shape,
  type Tensor,
} from "@imagefn/ops";
import { checkLabels, checkNumbers } from "./data.js";
import { conditionShapes, type Generator, type GeneratorInputs } from "./generator.js";
import { heunPath } from "./heunSampler.js";
import type { ConsistencyModel } from "./model.js";
import { perSample } from "./pairs.js";
import {
  cIn,
  consistencyFunction,
  type NetworkInputs,
  type Scaling,
  sigmaMax,
  sigmaMin,
  timeOf,
} from "./scalings.js";

type State = Record<string, HostArray>;

/**
 * f(x, sigma) as a program: inputs x [batch, 3, h, w], sigma [batch] and what the generator takes (`conditionShapes`);
 * output image [batch, 3, h, w]. Its state is called `params`: `asParams` brings weights there.
 * @param params a tree of arrays with the shapes of the weights, as from the generator's `init`
 * @param scaling the parameterisation that the weights were trained with, or `scalingOf` a diffusion model
 */
export function denoiser(
  generator: Generator,
  batch: number,
  params: unknown,
  scaling: Scaling = "skip",
): Program {
  const inputs: Record<string, Shape> = {
    x: [batch, ...generator.shape],
    sigma: [batch],
    ...conditionShapes(generator, batch),
  };
  return program({ state: { params } as unknown as State, inputs }, ({ params }, given) => ({
    outputs: {
      image: consistencyFunction(
        (x, t) => generator.apply(params, x, t, given as GeneratorInputs),
        given.x,
        given.sigma,
        scaling,
      ),
    },
  }));
}

/**
 * What F takes at the highest noise level, for a program that generates functions in one step
 * from x_T = 80 z (the paper, D.3.1).
 * @param z N(0, 1) numbers [batch, 3, h, w]
 */
export function oneStepInputs(z: Tensor): NetworkInputs {
  const batch = z.shape[0];
  return {
    x: mul(z, sigmaMax * cIn(sigmaMax)),
    t: constant({ shape: [batch], data: new Float32Array(batch).fill(timeOf(sigmaMax)) }),
  };
}

/**
 * z ~ N(0, I) of samples first .. first + count - 1, [count, ...shape]: each from its own number, so that batches do not
 * change a sample.
 */
export function initialNoise(seed: number, first: number, count: number, shape: Shape): Float32Array {
  const n = shape.reduce((a, b) => a * b, 1);
  return perSample(random(seed).stream("sample"), count, first, n);
}

/**
 * N(0, 1) numbers [count, ...shape] of the steps of samples first .. first + count - 1: of step 0, 1, .., each of a stream of
 * its own.
 */
export function stepNoise(
  step: number,
  { seed, first, count, shape }: { seed: number; first: number; count: number; shape: Shape },
): Float32Array {
  if (step === 0) return initialNoise(seed, first, count, shape);
  const n = shape.reduce((a, b) => a * b, 1);
  return perSample(random(seed).stream(`sample/step${step}`), count, first, n);
}

/**
 * A compiled `denoiser` as a function of the noisy images and their noise level.
 * @param inputs further inputs of the denoiser: `labels` [batch], or `coordinates` in place of the training ones
 */
export function consistencyModel(
  runnable: Runnable,
  generator: Generator,
  batch: number,
  inputs: MultistepOptions["inputs"] = {},
): ConsistencyModel {
  if (generator.classes > 0) checkLabels(generator, inputs.labels, batch);
  const condition = conditionOf(generator, batch, inputs);
  return async (x, level) => {
    const sigma = new Float32Array(batch).fill(level);
    const { image } = await runnable.run({ x, sigma, ...condition });
    return image.data.slice();
  };
}

/**
 * How samplers go from one level to the next: "multistep" adds new noise to what a consistency model makes; "heun" follows the ODE of
 * a diffusion model, which takes two evaluations for each step but the last.
 */
export type Solver = "multistep" | "heun";

/** Which samples to draw, in how many steps. */
export interface MultistepOptions {
  /** "multistep" if left out. */
  readonly solver?: Solver;
  /** Noise levels after the first, decreasing, each above sigmaMin; at least that for "heun". None: one step. */
  readonly levels: readonly number[];
  /** Seed of the noise, a whole number from 0 to 2^32 - 1. */
  readonly seed: number;
  /** Number of the first sample of this batch. */
  readonly first: number;
  /**
   * N(0, 1) numbers [batch, 3, h, w] of each step in place of those drawn from the seed: of the first step alone, or of
   * further ones too. Steps beyond the list draw theirs.
   */
  readonly noise?: readonly Float32Array[];
  /** Clamp each image to [-1, 1] after every step, as if left out; false: images are what the network makes of them. */
  readonly clamp?: boolean;
  /** Further inputs of the denoiser: `labels` [batch], or `coordinates` in place of the training ones. */
  readonly inputs?: Readonly<Record<string, Float32Array>>;
}

/**
 * Images [batch, 3, h, w] by one or several steps of a compiled `denoiser`: denoise from 80, then for each level
 * tau add noise of sqrt(tau^2 - smin^2) and denoise again (Song et al. 2023, algorithm 1). Each image is clamped to
 * [-1, 1] after every step, unless `clamp` is false. With the solver "heun": from 80 to the last level along the ODE of a
 * diffusion model, without new noise, and D of it, which alone is clamped (Karras et al. 2022, algorithm 1).
 * @throws if the levels do not fall from 80, or one is not above sigmaMin; if labels or noise do not fit
 */
export async function sample(
  runnable: Runnable,
  generator: Generator,
  batch: number,
  options: MultistepOptions,
): Promise<Float32Array> {
  const { x, sigma } = await beforeLastStep(runnable, generator, batch, options);
  const { clamp = true, inputs = {} } = options;
  const { image } = await runnable.run({ x, sigma, ...conditionOf(generator, batch, inputs) });
  return clamp ? clamped(image.data) : image.data.slice();
}

/**
 * What the last of one or several steps denoises: the noisy images x [batch, 3, h, w] and their level sigma [batch]. For a
 * generator of functions whose last step ends in them: F takes `networkInputs` of both.
 * @param runnable a compiled `denoiser`, for the steps before the last; one step needs none
 * @throws as `sample` does
 */
export async function beforeLastStep(
  runnable: Runnable | undefined,
  generator: Generator,
  batch: number,
  options: MultistepOptions,
): Promise<{ x: Float32Array; sigma: Float32Array }> {
  const { solver = "multistep", levels, seed, first, noise = [], clamp = true, inputs = {} } = options;
  const all = [sigmaMax, ...levels];
  const heun = solver === "heun";
  const falling = all.every((s, i) => (heun ? s >= sigmaMin : s > sigmaMin) && (i === 0 || s < all[i - 1]));
  if (!falling)
    throw new Error(
      `consistency: levels must fall from ${sigmaMax} and ${heun ? "not below" : "stay above"} ${sigmaMin} (got ${levels.join(", ")})`,
    );
  if (!runnable && levels.length > 0)
    throw new Error(`consistency: ${all.length} steps need a denoiser (got none)`);
  const condition = conditionOf(generator, batch, inputs);
  if (generator.classes > 0) checkLabels(generator, inputs.labels, batch);
  const n = generator.shape.reduce((a, b) => a * b, 1);
  if (noise.length > (heun ? 1 : all.length))
    throw new Error(
      `consistency: noise: expected at most one array ${heun ? "in all" : `for each of ${all.length} steps`} (got ${noise.length})`,
    );
  for (const [step, z] of noise.entries()) checkNumbers(z, batch * n, `noise of step ${step}`);
  let x = (noise[0] ?? initialNoise(seed, first, batch, generator.shape)).map((z) => sigmaMax * z);
  if (heun && runnable) {
    const model = consistencyModel(runnable, generator, batch, inputs);
    return { x: await heunPath(model, x, all), sigma: new Float32Array(batch).fill(all[levels.length]) };
  }
  let sigma = new Float32Array(batch).fill(sigmaMax);
  for (const [i, tau] of levels.entries()) {
    const { image } = await runnable!.run({ x, sigma, ...condition });
    const clean = clamp ? clamped(image.data) : image.data;
    const scale = Math.sqrt(tau ** 2 - sigmaMin ** 2);
    const z = noise[i + 1] ?? stepNoise(i + 1, { seed, first, count: batch, shape: generator.shape });
    x = clean.map((v, k) => v + scale * z[k]);
    sigma = new Float32Array(batch).fill(tau);
  }
  return { x, sigma };
}

/** Images in [-1, 1]. */
export const clamped = (image: Float32Array): Float32Array => image.map((v) => Math.min(Math.max(v, -1), 1));

/** What a generator is given besides image and noise level: training coordinates, unless others are given, and labels. */
const conditionOf = (generator: Generator, batch: number, inputs: MultistepOptions["inputs"]) => ({
  ...(generator.coordinates ? { coordinates: generator.coordinates(batch) } : {}),
  ...inputs,
});
