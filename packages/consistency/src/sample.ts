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
import { perSample } from "./pairs.js";
import { cIn, cOut, consistencyFunction, sigmaMax, sigmaMin, timeOf } from "./scalings.js";

type State = Record<string, HostArray>;

/**
 * f(x, sigma) as a program: inputs x [batch, 3, h, w], sigma [batch] and what the generator takes (`conditionShapes`);
 * output image [batch, 3, h, w]. Its state is called `params`: `asParams` brings weights there.
 * @param params a tree of arrays with the shapes of the weights, as from the generator's `init`
 */
export function denoiser(generator: Generator, batch: number, params: unknown): Program {
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
      ),
    },
  }));
}

/** What F takes at the highest noise level. */
export interface OneStepInputs {
  /** c_in(80) 80 z, [batch, 3, h, w] */
  readonly x: Tensor;
  /** 250 ln 80, [batch] */
  readonly t: Tensor;
}

/**
 * c_in x [batch, 3, h, w] and t [batch] at the highest noise level, for a program that generates functions in one step
 * from x_T = 80 z (the paper, D.3.1).
 * @param z N(0, 1) numbers [batch, 3, h, w]
 */
export function oneStepInputs(z: Tensor): OneStepInputs {
  const batch = z.shape[0];
  return {
    x: mul(z, sigmaMax * cIn(sigmaMax)),
    t: constant({ shape: [batch], data: new Float32Array(batch).fill(timeOf(sigmaMax)) }),
  };
}

/** The factor on a generated function's output, c_out(80); the skip term is dropped (its share is 4e-5). */
export const functionScale = cOut(sigmaMax);

/**
 * z ~ N(0, I) of samples first .. first + count - 1, [count, ...shape]: each from its own number, so that batches do not
 * change a sample.
 */
export function initialNoise(seed: number, first: number, count: number, shape: Shape): Float32Array {
  const n = shape.reduce((a, b) => a * b, 1);
  return perSample(random(seed).stream("sample"), count, first, n);
}

/** Which samples to draw, in how many steps. */
export interface MultistepOptions {
  /** Noise levels after the first, decreasing, each above sigmaMin. None: one step. */
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
 * [-1, 1] after every step, unless `clamp` is false.
 * @throws if the levels do not fall from 80, or one is not above sigmaMin; if labels or noise do not fit
 */
export async function sample(
  runnable: Runnable,
  generator: Generator,
  batch: number,
  options: MultistepOptions,
): Promise<Float32Array> {
  const { levels, seed, first, noise = [], clamp = true, inputs = {} } = options;
  const all = [sigmaMax, ...levels];
  const falling = all.every((s, i) => s > sigmaMin && (i === 0 || s < all[i - 1]));
  if (!falling)
    throw new Error(
      `consistency: levels must fall from ${sigmaMax} and stay above ${sigmaMin} (got ${levels.join(", ")})`,
    );
  const condition = {
    ...(generator.coordinates ? { coordinates: generator.coordinates(batch) } : {}),
    ...inputs,
  };
  if (generator.classes > 0) checkLabels(generator, inputs.labels, batch);
  const n = generator.shape.reduce((a, b) => a * b, 1);
  if (noise.length > all.length)
    throw new Error(
      `consistency: noise: expected at most one array for each of ${all.length} steps (got ${noise.length})`,
    );
  for (const [step, z] of noise.entries()) checkNumbers(z, batch * n, `noise of step ${step}`);
  let x = (noise[0] ?? initialNoise(seed, first, batch, generator.shape)).map((z) => sigmaMax * z);
  let image: Float32Array = x;
  for (const [step, tau] of all.entries()) {
    if (step > 0) {
      const scale = Math.sqrt(tau ** 2 - sigmaMin ** 2);
      const z = noise[step] ?? perSample(random(seed).stream(`sample/step${step}`), batch, first, n);
      x = image.map((v, i) => v + scale * z[i]);
    }
    const result = await runnable.run({ x, sigma: new Float32Array(batch).fill(tau), ...condition });
    image = clamp ? result.image.data.map((v) => Math.min(Math.max(v, -1), 1)) : result.image.data.slice();
  }
  return image;
}
