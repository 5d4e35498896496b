// Generators and image functions as ONNX models that any runtime can load.
import {
  asParams,
  consistencyFunction,
  cSkip,
  functionScale,
  networkInputs,
  type Parameterisation,
  sigmaMax,
  sigmaMin,
} from "@imagefn/consistency";
import { coordinateGrid, type ImageFunction, renderFunction } from "@imagefn/inr";
import {
  add,
  clip,
  constant,
  exportOnnx,
  type HostArray,
  mul,
  program,
  random,
  type Shape,
  type Tensor,
} from "@imagefn/ops";
import { type CmFunc, render } from "@imagefn/transformer";
import { drawsFunctions, type Network } from "../sampling/network.js";
import type { Trained } from "../sampling/trained.js";
import type { Size } from "../size.js";
import { version } from "../version.js";
import { functionsOnnx } from "./functionsOnnx.js";

/**
 * A generator as a model: z [batch, 3, h, w] of N(0, 1) numbers, z1, z2 .. of those of further steps, and for a conditional one
 * labels [batch] (class numbers as float32), to image [batch, 3, height, width] in [-1, 1].
 * @param levels noise levels after the first
 */
export function generatorModel(
  trained: Trained,
  size: Size,
  batch: number,
  levels: readonly number[] = [],
): Uint8Array {
  const { generator, weights, classes, run, step, ema } = trained;
  const { parameterisation } = run.config.train;
  const params = generator.init(random(0));
  const labels: Record<string, Shape> = generator.classes > 0 ? { labels: [batch] } : {};
  const shape = [batch, ...generator.shape];
  const names = [sigmaMax, ...levels].map((_, i) => (i === 0 ? "z" : `z${i}`));
  const { outputs } = program(
    { state: { params }, inputs: { ...Object.fromEntries(names.map((name) => [name, shape])), ...labels } },
    (state, inputs) => {
      const given = inputs as Record<string, Tensor>;
      const network = { generator, params: state.params, labels: given.labels, parameterisation };
      const noise = names.map((name) => given[name]);
      return { outputs: { image: clip(steppedImage(network, noise, levels, size), -1, 1) } };
    },
  );
  return exportOnnx({
    name: "generator",
    outputs: Object.fromEntries(outputs),
    weights: asParams(weights),
    metadata: {
      format: "imagefn.generator",
      version,
      architecture: JSON.stringify({
        kind: run.config.generator.kind,
        ...generator.config,
        size: run.config.data.size,
      }),
      classes: JSON.stringify(classes),
      step: String(step),
      ema: String(ema),
      levels: JSON.stringify([sigmaMax, ...levels]),
    },
  });
}

/** What is in the graph of a generator's model. */
interface Stepped {
  readonly generator: Network;
  readonly params: unknown;
  readonly labels: Tensor | undefined;
  readonly parameterisation: Parameterisation;
}

/**
 * Denoises from 80, then for each level adds noise and denoises again (Song et al. 2023, algorithm 1). The last step is drawn at
 * the size, those before at the training size.
 * @param noise N(0, 1) numbers of each step
 */
function steppedImage(
  network: Stepped,
  noise: readonly Tensor[],
  levels: readonly number[],
  size: Size,
): Tensor {
  const [, height, width] = network.generator.shape;
  let x = mul(noise[0], sigmaMax);
  for (const [i, level] of levels.entries()) {
    const clean = clip(denoised(network, x, i === 0 ? sigmaMax : levels[i - 1], [width, height]), -1, 1);
    x = add(clean, mul(noise[i + 1], Math.sqrt(level ** 2 - sigmaMin ** 2)));
  }
  return denoised(network, x, levels.at(-1) ?? sigmaMax, size);
}

/** f(x, sigma) at a size. In one step from pure noise the skip term is left out, whose share of a function is none. */
function denoised(
  { generator, params, labels, parameterisation }: Stepped,
  x: Tensor,
  level: number,
  [width, height]: Size,
): Tensor {
  const batch = x.shape[0];
  const sigma = constant({ shape: [batch], data: new Float32Array(batch).fill(level) });
  if (!drawsFunctions(generator))
    return consistencyFunction(
      (x, t) => generator.apply(params, x, t, { labels }),
      x,
      sigma,
      parameterisation,
    );
  const given = networkInputs(x, sigma);
  const layers = generator.generate(params, given.x, given.t, labels);
  const grid = coordinateGrid({ height, width, kind: generator.config.inr.coordinates });
  const drawn = render(generator.config, layers, constant({ shape: grid.shape, data: grid.data }), [
    height,
    width,
  ]);
  const image = mul(drawn, functionScale(parameterisation, level));
  return parameterisation === "skip" && level < sigmaMax ? add(image, mul(x, cSkip(level))) : image;
}

/** The part of a generator that makes image functions, as a model; see `functionsOnnx`. */
export const functionsModel = ({ weights, step, ema }: Trained, generator: CmFunc): Uint8Array =>
  functionsOnnx(generator, weights, { version, step: String(step), ema: String(ema) });

/** An image function as a model: coordinates [points, 2] of (row, column) to colours [points, 3] in [-1, 1]. */
export function functionModel(fn: ImageFunction, points: number): Uint8Array {
  const { architecture, layers, scale, metadata } = fn;
  const { outputs } = program(
    { state: { layers }, inputs: { coordinates: [points, 2] } },
    (state, { coordinates }) => {
      const colours = renderFunction(architecture, state.layers, coordinates);
      return { outputs: { colours: clip(mul(colours, scale), -1, 1) } };
    },
  );
  return exportOnnx({
    name: "image-function",
    outputs: Object.fromEntries(outputs),
    weights: new Map(
      layers.flatMap(({ weight, bias }, l): [string, HostArray][] => [
        [`layers.${l}.weight`, weight],
        [`layers.${l}.bias`, bias],
      ]),
    ),
    metadata: {
      ...metadata,
      format: "imagefn.image-function",
      version,
      architecture: JSON.stringify(architecture),
      scale: String(scale),
    },
  });
}
