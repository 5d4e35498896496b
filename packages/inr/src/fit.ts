// Fits an image function to one picture by gradient descent.
import {
  adam,
  COEFFICIENTS,
  type Engine,
  grad,
  type HostArray,
  mean,
  program,
  type Random,
  type Runnable,
  random,
  square,
  sub,
  unflatten,
} from "@imagefn/ops";
import { defaultEngine } from "#defaultEngine";
import { CHANNELS, coordinatesOf, type InrArchitecture, layerShapes } from "./architecture.js";
import type { ImageBytes } from "./bytes.js";
import { coordinate } from "./coordinate.js";
import { jitter } from "./coordinates.js";
import { eventLoopTurn } from "./eventLoop.js";
import { type InrLayer, renderFunction } from "./generate.js";
import { fromBytes, type PlanarImage, planarSize, psnr } from "./image.js";
import { checkImageFunction, type ImageFunction } from "./imageFunction.js";
import { render } from "./render.js";

/** How to fit a function to a picture. */
export interface FitOptions {
  /** Parts of the architecture that differ from `fitArchitecture` of the picture's size. */
  readonly architecture?: Partial<InrArchitecture>;
  /** Steps of Adam; 1000 if left out. */
  readonly steps?: number;
  /** Adam's learning rate at the first step, from which it falls to zero along half a cosine; 0.01 if left out. */
  readonly learningRate?: number;
  /** Pixels per step, 1024 if left out; a larger picture gives as many at random. */
  readonly batch?: number;
  /** Variational coordinates: colours between the pixels stay smooth, for about a decibel at the pixels themselves. */
  readonly jitter?: boolean;
  /** Seed of the initial weights and of all draws; 0 if left out. */
  readonly seed?: number;
  /**
   * Runs the training. Default: ONNX Runtime if the package onnxruntime-node is installed, else GPU.js on WebAssembly,
   * which takes about 20 times as long. Browsers have no default.
   */
  readonly engine?: Engine;
  /** Called after every step with its number and its loss. */
  readonly onProgress?: (done: {
    readonly step: number;
    readonly steps: number;
    readonly loss: number;
  }) => void;
}

/** A fitted function, and how well it fits. */
export interface FitResult {
  /** The function, ready to render or save. */
  readonly imageFunction: ImageFunction;
  /** Of the function rendered at the picture's size, in dB. */
  readonly psnr: number;
  /** Mean squared error of each step's pixels, values in [-1, 1]. */
  readonly losses: Float32Array;
}

/** What `fit` uses: 5 layers of 64, and frequencies up to what the pixels can carry, half a period a pixel. */
export const fitArchitecture = ({ width, height }: { width: number; height: number }): InrArchitecture => ({
  depth: 5,
  width: 64,
  groups: 1,
  peDim: 64,
  peSigma: Math.max(1, width, height) / 2,
  outBias: 0,
  coordinates: "center",
});

/**
 * Fits an image function to a picture, of any size and aspect ratio.
 * @param image float32 [3, height, width] in [-1, 1], or bytes { width, height, data } RGB or RGBA
 * @returns the function, how near it is, and the losses on the way; the same for the same seed and engine
 * @throws if the picture or an option is not valid, or the loss stops being a number
 */
export async function fit(image: PlanarImage | ImageBytes, options: FitOptions = {}): Promise<FitResult> {
  const { steps = 1000, learningRate = 1e-2, batch = 1024, seed = 0, onProgress } = options;
  const { shape, data } = "shape" in image ? image : fromBytes(image);
  const [height, width] = planarSize(shape, data);
  for (const [name, n] of Object.entries({ steps, batch }))
    if (!Number.isInteger(n) || n < 1)
      throw new Error(`inr: fit: ${name} must be a positive whole number (got ${n})`);
  if (!(learningRate > 0)) throw new Error(`inr: fit: learningRate must be positive (got ${learningRate})`);
  if (data.some((v) => !Number.isFinite(v)))
    throw new Error("inr: fit: the picture holds numbers that are not finite");

  const architecture = { ...fitArchitecture({ width, height }), ...options.architecture };
  const draw = random(seed);
  const layers = initLayers(architecture, draw.stream("init"));
  checkImageFunction({ architecture, scale: 1, layers });
  const points = Math.min(batch, height * width);
  const engine = options.engine ?? (await defaultEngine());
  const optimizer = adam();
  const runnable = await compileStep(engine, architecture, layers, points);
  const sample = pixelSampler({ shape, data }, architecture, points, options.jitter ?? true, draw);
  const losses = new Float32Array(steps);
  try {
    for (let step = 0; step < steps; step++) {
      const rate = learningRate * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
      const { loss } = await runnable.run({
        ...sample(step),
        coefficients: optimizer.coefficients(step + 1, rate),
      });
      losses[step] = loss.data[0];
      if (!Number.isFinite(losses[step]))
        throw new Error(`inr: fit: the loss is not finite at step ${step} (got ${losses[step]}); \
lower learningRate (${learningRate})`);
      onProgress?.({ step: step + 1, steps, loss: losses[step] });
      await eventLoopTurn();
    }
    const fitted = unflatten({ layers }, await runnable.read("layers")).layers;
    const imageFunction: ImageFunction = { architecture, scale: 1, layers: fitted };
    const drawn = await render(imageFunction, { width, height, engine, clamp: true });
    return { imageFunction, psnr: psnr(drawn.data, data), losses };
  } finally {
    await runnable.dispose();
  }
}

/** Weights U(+-sqrt(6 / inputs)), which keeps the size of signals through ReLUs (He et al. 2015); biases 0. */
function initLayers(architecture: InrArchitecture, draw: Random): InrLayer<HostArray>[] {
  return layerShapes(architecture).map(({ inputs, outputs }, l) => {
    const bound = Math.sqrt(6 / inputs);
    const data = draw
      .stream(String(l))
      .uniform(inputs * outputs)
      .map((u) => (2 * u - 1) * bound);
    return {
      weight: { shape: [inputs, outputs], data },
      bias: { shape: [outputs], data: new Float32Array(outputs) },
    };
  });
}

/** One step of Adam on the mean squared error, as one program. */
function compileStep(
  engine: Engine,
  architecture: InrArchitecture,
  layers: InrLayer<HostArray>[],
  points: number,
): Promise<Runnable> {
  const optimizer = adam();
  const state = { layers, moments: optimizer.init(layers) };
  const inputs = { coordinates: [points, 2], target: [points, CHANNELS], coefficients: [COEFFICIENTS] };
  const step = program({ state, inputs }, (now, { coordinates, target, coefficients }) => {
    const loss = mean(square(sub(renderFunction(architecture, now.layers, coordinates), target)));
    const gradients = grad(loss, now.layers);
    const next = optimizer.update(now.layers, gradients, now.moments, coefficients);
    return { state: { layers: next.params, moments: next.moments }, outputs: { loss } };
  });
  return engine.compile(step, state);
}

/** The pixels of each step: all of them in order if they fit, else as many drawn at random. */
function pixelSampler(
  { shape, data }: PlanarImage,
  architecture: InrArchitecture,
  points: number,
  jittered: boolean,
  draw: Random,
) {
  const [, height, width] = shape;
  const n = height * width;
  const [pixels, jitters] = [draw.stream("pixels"), draw.stream("jitter")];
  const kind = coordinatesOf(architecture);
  const moved = jitter({ height, width, kind });
  const coordinates = new Float32Array(2 * points);
  const target = new Float32Array(CHANNELS * points);
  const normals = new Float32Array(2 * points);
  return (step: number) => {
    const chosen = points < n ? pixels.integers(points, n, step) : undefined;
    // Left at zeros, normals move nothing.
    if (jittered) jitters.normal(2 * points, step, normals);
    for (let p = 0; p < points; p++) {
      const pixel = chosen ? chosen[p] : p;
      const [row, column] = [Math.floor(pixel / width), pixel % width];
      coordinates[2 * p] = coordinate(row, height, kind) + moved(normals[2 * p]);
      coordinates[2 * p + 1] = coordinate(column, width, kind) + moved(normals[2 * p + 1]);
      for (let c = 0; c < CHANNELS; c++) target[CHANNELS * p + c] = data[c * n + pixel];
    }
    return { coordinates, target };
  };
}
