// How a network asks for its weights: by path and shape.
import { ImagefnError } from "@imagefn/base";
import { broadcastTo, constant, conv2d, type HostArray, relu, type Shape, type Tensor } from "@imagefn/ops";
import { checkWeights } from "../weights/checkWeights.js";

/** Weights by path, as "features.0.weight". */
export type Weights = ReadonlyMap<string, HostArray>;

/**
 * The parameter at a path, of the shape that the network gives it.
 * @throws if there is none, or it has another shape.
 */
export type Params = (path: string, shape: Shape) => Tensor;

const show = (shape: Shape) => `[${shape.join(", ")}]`;

/** The array at a path. @throws if there is none, or it has another shape. */
export function weightAt(weights: Weights, path: string, shape: Shape): HostArray {
  const value = weights.get(path);
  if (!value)
    throw new ImagefnError(
      "invalid-data",
      `metrics: there are no weights "${path}" (got ${[...weights.keys()].slice(0, 4).join(", ") || "none"} ..); ` +
        "is this the file of another network?",
    );
  if (value.shape.length !== shape.length || value.shape.some((n, i) => n !== shape[i]))
    throw new ImagefnError(
      "invalid-data",
      `metrics: weights "${path}" are ${show(value.shape)} (expected ${show(shape)})`,
    );
  return value;
}

/**
 * Weights as constants of the graph: nothing trains them, and an engine may lay them out for speed when it compiles.
 * The same path gives the same tensor each time.
 */
export function frozen(weights: Weights): Params {
  const known = new Map<string, Tensor>();
  return (path, shape) => {
    const value = weightAt(weights, path, shape);
    const before = known.get(path);
    if (before) return before;
    const made = constant(value);
    known.set(path, made);
    return made;
  };
}

/** The shapes of all the parameters that `network` asks for, in its order. No memory is used for them. */
export function parameterShapes(network: (params: Params) => unknown): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  network((path, shape) => {
    shapes.set(path, shape);
    return broadcastTo(constant(0), shape);
  });
  return shapes;
}

/** A picture of zeros [1, 3, height, width] without data, to trace a network with. */
export const blank = (height: number, width: number): Tensor =>
  broadcastTo(constant(0), [1, 3, height, width]);

/**
 * Only the parameters that are in `shapes`, out of one or more files.
 *
 * @param network what they are for, for the message
 * @throws if one is missing or has another shape
 */
export function pickWeights(
  network: string,
  shapes: ReadonlyMap<string, Shape>,
  ...files: readonly Weights[]
): Map<string, HostArray> {
  const all = new Map(files.flatMap((file) => [...file]));
  checkWeights(all, shapes, { network, allowOthers: true });
  return new Map([...shapes.keys()].map((path) => [path, all.get(path)!]));
}

export interface ConvLayer {
  readonly stride?: number;
  /** Zeros around the image: a number, or [rows, columns]. */
  readonly pad?: number | readonly [number, number];
  /** What is done to the result before the relu. */
  readonly before?: (y: Tensor) => Tensor;
}

/** relu(convolution + bias) with the parameters `${path}.weight` [outputs, channels, ..kernel] and `${path}.bias`. */
export function convRelu(
  params: Params,
  x: Tensor,
  path: string,
  outputs: number,
  kernel: number | readonly [number, number],
  { before = (y) => y, ...layer }: ConvLayer = {},
): Tensor {
  const [kh, kw] = typeof kernel === "number" ? [kernel, kernel] : kernel;
  const weight = params(`${path}.weight`, [outputs, x.shape[1], kh, kw]);
  return relu(before(conv2d(x, weight, { ...layer, bias: params(`${path}.bias`, [outputs]) })));
}
