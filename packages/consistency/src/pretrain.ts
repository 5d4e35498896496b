// Pre-training: the function prediction module learns to reconstruct images (the paper, Eq. 10).
import {
  COEFFICIENTS,
  type HostArray,
  leaves,
  type Mapped,
  type Moments,
  mean,
  mul,
  type Program,
  program,
  psnr as psnrOf,
  reachable,
  type Shape,
  square,
  sub,
  type Tensor,
} from "@imagefn/ops";
import { pretrainSettings } from "./checkedSettings.js";
import { conditionShapes, type Generator } from "./generator.js";
import { sigmaData } from "./scalings.js";
import { optimizerOf, type PretrainSettings } from "./settings.js";
import { partOf, type StepParts, wholeStep } from "./stepParts.js";

/** What one step is made from; settings left out are those of `pretrainDefaults`. */
export interface PretrainOptions extends Partial<PretrainSettings> {
  /** A generator with `reconstruct`. */
  readonly generator: Generator;
}

/** The state of pre-training: everything that a checkpoint holds, besides the step. Trees of arrays. */
export interface PretrainState {
  /** All parameters, as the generator's `init` gives them; only some of them change. */
  params: unknown;
  /** Decayed sums of gradients and of their squares, for the optimiser. */
  moments: Moments<unknown>;
}

/** The state before the first step: moments are zero. @throws if a setting is not valid */
export const initPretrainState = (
  params: unknown,
  options: Partial<PretrainSettings> = {},
): PretrainState => ({
  params,
  moments: optimizerOf(pretrainSettings(options).optimizer).init(params),
});

/**
 * Shapes of what each step is given: `images` [batch, 3, h, w], the optimiser's `coefficients`, and `coordinates`; with crops
 * `crops` as `images`, and their coordinates.
 */
export function pretrainInputs(
  generator: Generator,
  batch: number,
  { crops = false }: Partial<Pick<PretrainSettings, "crops">> = {},
): Record<string, Shape> {
  const { coordinates } = conditionShapes(generator, batch);
  const images = [batch, ...generator.shape];
  return {
    images,
    ...(crops ? { crops: images } : {}),
    coefficients: [COEFFICIENTS],
    ...(coordinates ? { coordinates } : {}),
  };
}

/** The reconstruction of clean images, or of crops of them, c_in(0) = 1 / sigmaData, in the units of the images. */
function reconstruction(
  { generator, targetScale }: { generator: Generator; targetScale: number },
  params: unknown,
  { images, crops = images, coordinates }: Record<string, Tensor>,
) {
  if (!generator.reconstruct)
    throw new Error("consistency: this generator cannot be pre-trained (expected one of image functions)");
  const y = generator.reconstruct(params, mul(images, 1 / sigmaData), { coordinates });
  return { y, error: sub(y, mul(crops, targetScale)) };
}

/**
 * One step as a program. Only parameters that the reconstruction depends on change. Inputs: `pretrainInputs`; output:
 * loss, the mean squared error of targetScale x.
 * @param state from `initPretrainState` with the same options
 * @throws if a setting is not valid, or the generator has no `reconstruct`
 */
export const pretrainStep = (options: PretrainOptions, state: PretrainState): Program =>
  wholeStep(pretrainParts(options, state));

/** What the step is made of, before it is one program or two. */
export function pretrainParts(options: PretrainOptions, state: PretrainState): StepParts<PretrainState> {
  const { generator } = options;
  const settings = pretrainSettings(options);
  const { batch, targetScale, frozen } = settings;
  const optimizer = optimizerOf(settings.optimizer);
  const { coefficients, ...given } = pretrainInputs(generator, batch, settings);
  return {
    state,
    network: { params: state.params },
    given,
    rates: { coefficients },
    loss: ({ params }, inputs) =>
      mean(square(reconstruction({ generator, targetScale }, params, inputs).error)),
    learns({ params }, loss) {
      const used = new Set(reachable([loss]));
      return new Set(
        leaves<Tensor>(params).flatMap(([path, x]) => (used.has(x) && !frozen(path) ? [path] : [])),
      );
    },
    update({ moments }, params, gradients, { coefficients }) {
      const paths = new Set(leaves(params).map(([path]) => path));
      const next = optimizer.update(
        params as Record<string, Tensor>,
        gradients as Mapped<Record<string, Tensor>, Tensor>,
        { m: partOf(moments.m, paths), v: partOf(moments.v, paths) },
        coefficients,
      );
      return { state: { params: next.params, moments: next.moments } };
    },
  };
}

/**
 * The mean squared error of the reconstruction, in units of the images in [-1, 1], as a program that changes nothing.
 * Inputs: `images` [batch, 3, h, w] and `coordinates`, with crops `crops` too, of which it is the error; output: mse.
 * @throws if a setting is not valid, or the generator has no `reconstruct`
 */
export function reconstructionError(options: PretrainOptions, params: unknown): Program {
  const { generator } = options;
  const settings = pretrainSettings(options);
  const { batch, targetScale } = settings;
  const { coefficients: _, ...inputs } = pretrainInputs(generator, batch, settings);
  return program(
    { state: { params } as unknown as Record<string, HostArray>, inputs },
    ({ params }, inputs: Record<string, Tensor>) => {
      const { error } = reconstruction({ generator, targetScale }, params, inputs);
      return { outputs: { mse: mul(mean(square(error)), 1 / targetScale ** 2) } };
    },
  );
}

/** Peak signal-to-noise ratio in dB of images in [-1, 1]: 10 log10(4 / mse); Infinity for an error of 0. */
export const psnr = (mse: number): number => psnrOf(mse, 2);
