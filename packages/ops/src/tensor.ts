// What a symbolic tensor is: a shape, an op and its inputs, and no data.

import type { Kernel } from "./gpujs/kernel.js";
import type { Product } from "./gpujs/product.js";
import type { Coordinate, View } from "./gpujs/view.js";
import type { OnnxGraph } from "./onnx/graph.js";
import type { Shape } from "./shape.js";

/** Settings of one use of an op: plain values only, so that equal settings have equal JSON. */
export type Attrs = object;

/** One node of a graph. Ids grow with creation, so inputs always have smaller ids than their users. */
export interface Tensor<A extends Attrs = Attrs> {
  readonly id: number;
  readonly op: Op<A>;
  readonly inputs: readonly Tensor[];
  readonly attrs: A;
  readonly shape: Shape;
}

/** Data on the host with its shape, row-major; an `ndarray` of float32 with default strides is one too. */
export interface HostArray {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** All that is known of an op, in one place. */
// biome-ignore lint/suspicious/noExplicitAny: attrs differ by op; each op's own file is fully typed
export interface Op<A extends Attrs = any> {
  readonly name: string;
  /** Shape of the result. Throws with the op's name, what it got and what it expected. */
  shape(inputs: readonly Shape[], attrs: A): Shape;
  /**
   * Given g = dLoss/dy, the gradient for each input of y (undefined: none flows there), built from other ops.
   * An elementwise op may return the broadcast shape: `grad` sums it back.
   */
  gradient(g: Tensor, y: Tensor<A>): readonly (Tensor | undefined)[];
  /** Adds the ONNX nodes of y to a graph and returns the name of its value. */
  onnx(graph: OnnxGraph, inputs: readonly string[], y: Tensor<A>): string;
  /** For elementwise ops: one output number from one number of each input. Broadcasts; folds constants. */
  readonly value?: (...x: number[]) => number;

  // How GPU.js computes y, one of these; none of them where y is its input's data unchanged (reshape, stopGradient).
  /** The same as `value`, in the JavaScript that gpu.js compiles; the engine makes kernels of chains of them. */
  readonly numbers?: (...x: number[]) => number;
  /** For ops that only move numbers: the coordinate in y of each axis of the input. Outside the input they are 0. */
  view?(y: Tensor<A>): readonly Coordinate[];
  /** For sums and the like: a loop over the input. */
  fold?(y: Tensor<A>): Fold;
  /** A kernel of its own, given how each input lies in the array that it is read from: whole, unless `strided` says so. */
  kernel?(y: Tensor<A>, views: readonly View[]): Kernel;
  /** Whether the kernel can read its inputs by these views, so that what is only moved needs no array. */
  strided?(y: Tensor<A>, views: readonly View[]): boolean;
  /** The same as a product of matrices, for a kernel with workgroup memory where there is a GPU; `kernel` says what is right. */
  product?(y: Tensor<A>, views: readonly View[]): Product;
  /** y made of other ops, which the engine does better on; undefined where it does not. */
  expand?(y: Tensor<A>): Tensor | undefined;
}

/** Over the n numbers of the input that lie `inner` apart: total = combine(total, number), begun at `start`. */
export interface Fold {
  readonly n: number;
  readonly inner: number;
  readonly start: number;
  readonly combine: (total: string, number: string) => string;
}

let nextId = 0;

/** Makes the tensor op(inputs; attrs), checking its shape. */
export function apply<A extends Attrs>(op: Op<A>, inputs: readonly Tensor[], attrs: A): Tensor<A> {
  const shape = op.shape(
    inputs.map((x) => x.shape),
    attrs,
  );
  return { id: nextId++, op, inputs, attrs, shape };
}

/** Every tensor that `roots` depend on (the roots too), inputs before users. */
export function reachable(roots: readonly Tensor[]): Tensor[] {
  const seen = new Set<Tensor>();
  const stack = [...roots];
  for (let x = stack.pop(); x; x = stack.pop()) {
    if (seen.has(x)) continue;
    seen.add(x);
    stack.push(...x.inputs);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
