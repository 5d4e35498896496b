// The common shape of elementwise ops: numpy broadcasting, one ONNX node, one number at a time.
import type { OnnxAttrs } from "../onnx/graph.js";
import { broadcast } from "../shape.js";
import { type Attrs, apply, type Op, type Tensor } from "../tensor.js";
import { type Operand, tensor } from "./source.js";

interface Elementwise {
  /** The ONNX operator, with its attributes, or a function that adds several nodes. */
  readonly onnx: string | Op["onnx"];
  readonly onnxAttrs?: OnnxAttrs;
  readonly value: (...x: number[]) => number;
  readonly gradient: (g: Tensor, inputs: readonly Tensor[], y: Tensor) => readonly (Tensor | undefined)[];
  /** The same as `value` for GPU.js: a named function that captures nothing and ends in its only `return`. */
  readonly numbers: (...x: number[]) => number;
}

/** An op on numbers, made into one on tensors. */
export function elementwise(name: string, parts: Elementwise): Op {
  const { onnx } = parts;
  return {
    name,
    shape: (shapes) => broadcast(name, shapes),
    gradient: (g, y) => parts.gradient(g, y.inputs, y),
    onnx: typeof onnx === "string" ? (graph, inputs) => graph.node(onnx, inputs, parts.onnxAttrs) : onnx,
    value: parts.value,
    numbers: parts.numbers,
  };
}

const none: Attrs = {};
export const unary = (op: Op, x: Operand): Tensor => apply(op, [tensor(x)], none);
export const binary = (op: Op, a: Operand, b: Operand): Tensor => apply(op, [tensor(a), tensor(b)], none);
