// Pre-training: the function prediction module learns to reconstruct images (the paper, Eq. 10).
import {
  COEFFICIENTS,
  grad,
  type HostArray,
  leaves,
  type Mapped,
  mean,
  mul,
  type Optimizer,
  type Program,
  program,
  reachable,
  type Shape,
  square,
  sub,
  type Tensor,
} from "@imagefn/ops";
import { conditionShapes, type Generator } from "./generator.js";
import { sigmaData } from "./scalings.js";

export interface PretrainOptions {
  readonly generator: Generator;
  readonly batch: number;
  readonly optimizer: Optimizer;
  /**
   * The function regresses targetScale * x. 1 is Eq. 10; 2 = 1/sigmaData is what F must output at high noise,
   * where c_out is about sigmaData.
   */
  readonly targetScale: number;
  /** Parameters to leave as they are, by path. */
  readonly frozen?: (path: string) => boolean;
}

export interface PretrainState {
  params: unknown;
  moments: { m: unknown; v: unknown };
}

export const initPretrainState = (params: unknown, optimizer: Optimizer): PretrainState => ({
  params,
  moments: optimizer.init(params),
});

export function pretrainInputs(generator: Generator, batch: number): Record<string, Shape> {
  const { coordinates } = conditionShapes(generator, batch);
  return {
    images: [batch, ...generator.shape],
    coefficients: [COEFFICIENTS],
    ...(coordinates ? { coordinates } : {}),
  };
}

/** The reconstruction of clean images, c_in(0) = 1 / sigmaData, in the units of the images. */
function reconstruction(
  { generator, targetScale }: Pick<PretrainOptions, "generator" | "targetScale">,
  params: unknown,
  images: Tensor,
  coordinates?: Tensor,
) {
  if (!generator.reconstruct)
    throw new Error("consistency: this generator cannot be pre-trained (expected one of image functions)");
  const y = generator.reconstruct(params, mul(images, 1 / sigmaData), { coordinates });
  return { y, error: sub(y, mul(images, targetScale)) };
}

/** One step as a program. Only parameters that the reconstruction depends on change. Output: loss, the mean squared error. */
export function pretrainStep(options: PretrainOptions, state: PretrainState): Program {
  const { generator, batch, optimizer, frozen = () => false } = options;
  return program(
    { state: state as unknown as Record<string, HostArray>, inputs: pretrainInputs(generator, batch) },
    (traced, { images, coordinates, coefficients }) => {
      const { params, moments } = traced as unknown as PretrainState;
      const loss = mean(square(reconstruction(options, params, images, coordinates).error));
      const used = new Set(reachable([loss]));
      const part = (tree: unknown, paths: ReadonlySet<string>) =>
        Object.fromEntries(leaves<Tensor>(tree).filter(([path]) => paths.has(path)));
      const learning = new Set(
        leaves<Tensor>(params).flatMap(([path, x]) => (used.has(x) && !frozen(path) ? [path] : [])),
      );
      const trained = part(params, learning);
      const gradients = grad(loss, trained) as Mapped<typeof trained, Tensor>;
      const next = optimizer.update(
        trained,
        gradients,
        { m: part(moments.m, learning), v: part(moments.v, learning) },
        coefficients,
      );
      return { state: { params: next.params, moments: next.moments }, outputs: { loss } };
    },
  );
}

/** The mean squared error of the reconstruction, in units of the images, without changing anything: output mse. */
export function reconstructionError(options: Omit<PretrainOptions, "optimizer">, params: unknown): Program {
  const { generator, batch, targetScale } = options;
  const { coordinates, images } = pretrainInputs(generator, batch);
  return program(
    {
      state: { params } as unknown as Record<string, HostArray>,
      inputs: { images, ...(coordinates ? { coordinates } : {}) },
    },
    ({ params }, inputs: Record<string, Tensor>) => {
      const { error } = reconstruction(options, params, inputs.images, inputs.coordinates);
      return { outputs: { mse: mul(mean(square(error)), 1 / targetScale ** 2) } };
    },
  );
}

/** Peak signal-to-noise ratio in dB of images in [-1, 1]: 10 log10(4 / MSE). */
export const psnr = (mse: number): number => 10 * Math.log10(4 / mse);
