// How weights begin: the distributions of the papers, as arrays that are filled when first read.
import type { Conv } from "./ops/conv2d.js";
import type { Linear } from "./ops/linear.js";
import type { Random } from "./random.js";
import type { HostArray } from "./tensor.js";

/** An array whose numbers are made on first use, so that parameters can be counted without their memory. */
function lazy(shape: number[], fill: (n: number) => Float32Array): HostArray {
  let data: Float32Array | undefined;
  return {
    shape,
    get data() {
      data ??= fill(shape.reduce((n, d) => n * d, 1));
      return data;
    },
  };
}

/** Every number `value`. */
export const full = (shape: number[], value: number): HostArray =>
  lazy(shape, (n) => new Float32Array(n).fill(value));

/** N(0, std^2), in the order of the random stream. */
export const normal = (random: Random, shape: number[], std: number): HostArray =>
  lazy(shape, (n) => random.normal(n).map((z) => z * std));

/** Uniform in [-bound, bound), in the order of the random stream. */
export const uniform = (random: Random, shape: number[], bound: number): HostArray =>
  lazy(shape, (n) => random.uniform(n).map((u) => (2 * u - 1) * bound));

/**
 * How a linear layer begins:
 * "xavier": weight U(+-sqrt(6 / (in + out))), bias 0 (DiT);
 * "default": weight and bias U(+-1/sqrt(in)), PyTorch's;
 * "zero": all 0 (adaLN-Zero);
 * a number: weight N(0, that^2), bias 0.
 */
export type LinearInit = "xavier" | "default" | "zero" | number;

/** How a linear layer begins, and whether it has a bias. */
export interface LinearOptions {
  /** "default" if left out. */
  readonly init?: LinearInit;
  /** True if left out. */
  readonly bias?: boolean;
}

/** weight [outputs, inputs] and bias [outputs]. */
export function initLinear(
  random: Random,
  inputs: number,
  outputs: number,
  { init = "default", bias = true }: LinearOptions = {},
): Linear<HostArray> {
  const shape = [outputs, inputs];
  const bound = 1 / Math.sqrt(inputs);
  const of = random.stream("weight");
  const weight =
    init === "zero"
      ? full(shape, 0)
      : init === "xavier"
        ? uniform(of, shape, Math.sqrt(6 / (inputs + outputs)))
        : init === "default"
          ? uniform(of, shape, bound)
          : normal(of, shape, init);
  if (!bias) return { weight };
  return {
    weight,
    bias: init === "default" ? uniform(random.stream("bias"), [outputs], bound) : full([outputs], 0),
  };
}

/**
 * A convolution's weight [outputs, inputs, rows, columns] and bias [outputs]; `kernel` is one side of a square, or both.
 * "default": U(+-1/sqrt(inputs rows columns)), PyTorch's; "zero": all 0, for a layer that begins without effect.
 */
export function initConv(
  random: Random,
  inputs: number,
  outputs: number,
  kernel: number | readonly [rows: number, columns: number],
  { init = "default" }: { readonly init?: "default" | "zero" } = {},
): Conv<HostArray> {
  const [rows, columns] = typeof kernel === "number" ? [kernel, kernel] : kernel;
  const shape = [outputs, inputs, rows, columns];
  if (init === "zero") return { weight: full(shape, 0), bias: full([outputs], 0) };
  const bound = 1 / Math.sqrt(inputs * rows * columns);
  return {
    weight: uniform(random.stream("weight"), shape, bound),
    bias: uniform(random.stream("bias"), [outputs], bound),
  };
}

/** Scale 1 and shift 0. */
export const initAffine = (width: number) => ({ weight: full([width], 1), bias: full([width], 0) });
