// LPIPS: distance of two pictures as a network sees them (Zhang et al. 2018), version 0.1.
import {
  add,
  constant,
  conv2d,
  div,
  type Engine,
  type HostArray,
  maximum,
  mean,
  mul,
  program,
  type Runnable,
  resizeBilinear,
  type Shape,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from "@imagefn/ops";
import { alexNet } from "./networks/alexNet.js";
import { type ImageBatch, imageBatchSize, writeImages } from "./networks/images.js";
import { blank, frozen, type Params, parameterShapes, pickWeights, type Weights } from "./networks/params.js";
import type { Pooling } from "./networks/pooling.js";
import { squeezeNet } from "./networks/squeezeNet.js";
import { vgg16 } from "./networks/vgg16.js";

const trunks = { vgg: vgg16, alex: alexNet, squeeze: squeezeNet } as const;

/** A network under LPIPS: VGG-16, AlexNet or SqueezeNet 1.1. */
export type LpipsNetwork = keyof typeof trunks;

/** The networks under LPIPS. */
export const lpipsNetworks: readonly LpipsNetwork[] = ["vgg", "alex", "squeeze"];

/** Which LPIPS. */
export interface LpipsOptions {
  /** The trunk; distances over different ones do not compare. */
  readonly network: LpipsNetwork;
  /** "average" replaces the trunk's pools, as the consistency models train with VGG; "max" (default) is LPIPS itself. */
  readonly pooling?: Pooling;
  /** Side in pixels, or [height, width], to which both pictures are brought first; by default they stay as they are. */
  readonly size?: number | readonly [number, number];
}

const EPS = 1e-10;
const perColour = (values: readonly number[]) =>
  constant({ shape: [3, 1, 1], data: Float32Array.from(values) });

/** [-1, 1] to the ImageNet normalisation, 2 mean - 1 and 2 std of its [0, 1]: what version 0.0 lacked. */
const normalised = (x: Tensor): Tensor =>
  mul(sub(x, perColour([-0.03, -0.088, -0.188])), perColour([1 / 0.458, 1 / 0.448, 1 / 0.45]));

/** x / (||x|| + eps) over the channels of each pixel. */
function unit(x: Tensor): Tensor {
  // The bound keeps the gradient of the root finite where every channel is 0, and changes no value.
  const squares = maximum(sum(square(x), [1], { keepDims: true }), 1e-30);
  return div(x, add(sqrt(squares), EPS));
}

function resized(x: Tensor, size: LpipsOptions["size"]): Tensor {
  if (size === undefined) return x;
  const [height, width] = typeof size === "number" ? [size, size] : size;
  return x.shape[2] === height && x.shape[3] === width ? x : resizeBilinear(x, [height, width]);
}

/** The taps of a trunk for pictures [batch, 3, height, width] in [-1, 1]. @throws if there is no such network */
export function tapsOf(
  network: LpipsNetwork,
  params: Params,
  x: Tensor,
  { pooling = "max", size }: Omit<LpipsOptions, "network">,
): Tensor[] {
  const trunk = trunks[network];
  if (!trunk)
    throw new Error(`metrics: there is no LPIPS network "${network}" (expected ${lpipsNetworks.join(", ")})`);
  return trunk(params, normalised(resized(x, size)), pooling);
}

/**
 * LPIPS of each pair of pictures a, b [batch, 3, height, width] in [-1, 1] -> [batch]; differentiable in both.
 * The sum over the trunk's taps of mean_{h,w} sum_c w_c (n_c(a) - n_c(b))^2, n being the tap with unit length per pixel.
 * Resizing is bilinear with half-pixel centres. `params` holds the trunk in torchvision's names and the heads
 * "lin0.model.1.weight", ..: `frozen(lpipsWeights(..))` for a frozen trunk.
 */
export function lpipsDistance(
  params: Params,
  a: Tensor,
  b: Tensor,
  { network, pooling = "max", size }: LpipsOptions,
): Tensor {
  const [one, other] = [a, b].map((x) => tapsOf(network, params, x, { pooling, size }));
  const parts = one.map((tap, l) => {
    const head = params(`lin${l}.model.1.weight`, [1, tap.shape[1], 1, 1]);
    return mean(conv2d(square(sub(unit(tap), unit(other[l]))), head), [1, 2, 3]);
  });
  return parts.reduce((total, part) => add(total, part));
}

/** Names and shapes of the trunk's and the heads' weights: vgg has 14,716,160 numbers in all. */
export const lpipsShapes = (network: LpipsNetwork): Map<string, Shape> =>
  parameterShapes((params) => lpipsDistance(params, blank(64, 64), blank(64, 64), { network }));

/**
 * The weights of `lpipsDistance` out of a trunk's file (torchvision's state dict, of which only the convolutions are
 * taken) and the heads' (lpips' weights v0.1), in any order.
 * @throws if an array is missing or has another shape.
 */
export const lpipsWeights = (network: LpipsNetwork, ...files: readonly Weights[]): Map<string, HostArray> =>
  pickWeights(`LPIPS (${network})`, lpipsShapes(network), ...files);

/** How LPIPS runs on an engine. */
export interface LpipsMetricOptions extends Omit<LpipsOptions, "network"> {
  /** What runs the network. */
  readonly engine: Engine;
  /** Pairs in one run. Default 4. */
  readonly batch?: number;
}

/** LPIPS on an engine. */
export interface Lpips {
  /**
   * LPIPS of each pair, [count]. Both batches have one shape; a change of the picture size compiles again.
   * @throws if the shapes differ or do not fit the data.
   */
  distance(a: ImageBatch, b: ImageBatch): Promise<Float32Array>;
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

/**
 * LPIPS as a metric of picture pairs on an engine.
 *
 * @param weights of `lpipsWeights(network, ..)`
 */
export function lpips(
  network: LpipsNetwork,
  weights: Weights,
  { engine, batch = 4, ...options }: LpipsMetricOptions,
): Lpips {
  const params = frozen(weights);
  let compiled: { shape: Shape; runnable: Runnable; a: Float32Array; b: Float32Array } | undefined;

  async function compile(shape: Shape) {
    if (compiled?.shape.every((n, i) => n === shape[i])) return compiled;
    await compiled?.runnable.dispose();
    compiled = undefined;
    const p = program({ inputs: { a: shape, b: shape } }, (_, { a, b }) => ({
      outputs: { distance: lpipsDistance(params, a, b, { ...options, network }) },
    }));
    const numbers = shape.reduce((n, d) => n * d, 1);
    compiled = {
      shape,
      runnable: await engine.compile(p),
      a: new Float32Array(numbers),
      b: new Float32Array(numbers),
    };
    return compiled;
  }

  return {
    async distance(a, b) {
      const { count, height, width } = imageBatchSize(a);
      imageBatchSize(b);
      if (b.shape.some((n, i) => n !== a.shape[i]))
        throw new Error(
          `metrics: lpips compares batches of one shape (got [${a.shape.join(", ")}] and [${b.shape.join(", ")}])`,
        );
      const run = await compile([batch, 3, height, width]);
      const out = new Float32Array(count);
      for (let start = 0; start < count; start += batch) {
        const range = [start, Math.min(start + batch, count)] as const;
        writeImages(a, range, "symmetric", run.a);
        writeImages(b, range, "symmetric", run.b);
        const { distance } = await run.runnable.run({ a: run.a, b: run.b });
        out.set(distance.data.subarray(0, range[1] - start), start);
      }
      return out;
    },
    async dispose() {
      await compiled?.runnable.dispose();
      compiled = undefined;
    },
  };
}
