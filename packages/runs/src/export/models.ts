// Generators and image functions as ONNX models that any runtime can load.
import {
  asParams,
  consistencyFunction,
  functionScale,
  oneStepInputs,
  type Parameterisation,
  sigmaMax,
} from "@imagefn/consistency";
import { coordinateGrid, type ImageFunction, renderFunction } from "@imagefn/inr";
import {
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
 * A generator as a model: z [batch, 3, h, w] of N(0, 1) numbers, and for a conditional one labels [batch]
 * (class numbers as float32), to image [batch, 3, height, width] in [-1, 1].
 */
export function generatorModel(trained: Trained, [width, height]: Size, batch: number): Uint8Array {
  const { generator, weights, classes, run, step, ema } = trained;
  const { parameterisation } = run.config.train;
  const params = generator.init(random(0));
  const labels: Record<string, Shape> = generator.classes > 0 ? { labels: [batch] } : {};
  const { outputs } = program(
    { state: { params }, inputs: { z: [batch, ...generator.shape], ...labels } },
    (state, inputs) => {
      const given = (inputs as Record<string, Tensor>).labels;
      return {
        outputs: {
          image: clip(
            oneStepImage(generator, state.params, inputs.z, given, [width, height], parameterisation),
            -1,
            1,
          ),
        },
      };
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
    },
  });
}

/** One step from noise z: an image function rendered at a size, or an image of the training size. */
function oneStepImage(
  generator: Network,
  params: unknown,
  z: Tensor,
  labels: Tensor | undefined,
  [width, height]: Size,
  parameterisation: Parameterisation,
): Tensor {
  if (!drawsFunctions(generator))
    return consistencyFunction(
      (x, t) => generator.apply(params, x, t, { labels }),
      mul(z, sigmaMax),
      constant({ shape: [z.shape[0]], data: new Float32Array(z.shape[0]).fill(sigmaMax) }),
      parameterisation,
    );
  const { x, t } = oneStepInputs(z);
  const grid = coordinateGrid({ height, width, kind: generator.config.inr.coordinates });
  const coordinates = constant({ shape: grid.shape, data: grid.data });
  const layers = generator.generate(params, x, t, labels);
  return mul(render(generator.config, layers, coordinates, [height, width]), functionScale(parameterisation));
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
