// What a symbolic tensor is: a shape, an op and its inputs, and no data.

import type { Kernel } from "./gpujs/kernel.js";
import type { OnnxGraph } from "./onnx/graph.js";

export type Shape = readonly number[];

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
  /** The GPU.js kernel of y; absent where y is its input's data unchanged (reshape, stopGradient). */
  kernel?(y: Tensor<A>): Kernel;
  /** For elementwise ops: one output number from one number of each input. Broadcasts; folds constants. */
  readonly value?: (...x: number[]) => number;
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
