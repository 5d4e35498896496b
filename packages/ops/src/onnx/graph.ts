// Collects the nodes and constants of an ONNX graph while ops are lowered into it.
import { type Shape, size } from "../shape.js";
import type { AttributeValue, InitializerSpec, NodeSpec } from "./proto.js";

export type OnnxAttrs = Readonly<Record<string, AttributeValue>>;

export interface NodeOptions {
  /** "com.microsoft" for the operators that only ONNX Runtime has. */
  readonly domain?: string;
  readonly outputs?: number;
}

export interface OnnxGraph {
  /** Only operators of the ONNX standard, for files that other runtimes load. */
  readonly portable: boolean;
  /** Only operators that ONNX Runtime's WebGPU provider computes, and precisely. */
  readonly webgpu: boolean;
  /** Channels in a block of convolutions in the blocked layout; 0 keeps the standard one. */
  readonly block: number;
  /** Adds a node and returns the name of its first output. */
  node(op: string, inputs: readonly string[], attrs?: OnnxAttrs, options?: NodeOptions): string;
  /** Adds a node and returns the names of all its outputs. */
  nodes(op: string, inputs: readonly string[], attrs?: OnnxAttrs, options?: NodeOptions): string[];
  /** A float32 constant; equal small ones are stored once. */
  float(data: Float32Array, shape: Shape): string;
  /** An int64 constant of one axis, for shapes and axes. */
  int64(values: readonly number[]): string;
  /** What `make` returned the first time for this key: for nodes with outputs that several ops share. */
  memo(key: string, make: () => string[]): string[];
}

export interface GraphParts {
  readonly nodes: NodeSpec[];
  readonly initializers: InitializerSpec[];
}

export type GraphOptions = Partial<Pick<OnnxGraph, "portable" | "webgpu" | "block">>;

/** An empty graph, and where its parts collect. */
export function onnxGraph({
  portable = false,
  webgpu = false,
  block = 0,
}: GraphOptions = {}): OnnxGraph & { readonly parts: GraphParts } {
  const parts: GraphParts = { nodes: [], initializers: [] };
  const known = new Map<string, string>();
  const memos = new Map<string, string[]>();
  let count = 0;

  function initializer(key: string | undefined, shape: Shape, data: Float32Array | BigInt64Array): string {
    const before = key === undefined ? undefined : known.get(key);
    if (before) return before;
    const name = `c${parts.initializers.length}`;
    parts.initializers.push({ name, shape, data });
    if (key !== undefined) known.set(key, name);
    return name;
  }

  function nodes(
    op: string,
    inputs: readonly string[],
    attrs: OnnxAttrs = {},
    options: NodeOptions = {},
  ): string[] {
    const { domain = "", outputs: n = 1 } = options;
    const outputs = Array.from({ length: n }, () => `v${count++}`);
    parts.nodes.push({ op, domain, inputs, outputs, attrs });
    return outputs;
  }

  return {
    portable,
    webgpu,
    block,
    parts,
    nodes,
    node: (op, inputs, attrs, options) => nodes(op, inputs, attrs, options)[0],
    float: (data, shape) =>
      initializer(
        size(shape) <= 16 ? `f ${shape} : ${[...data].map((x) => (Object.is(x, -0) ? "-0" : x))}` : undefined,
        shape,
        data,
      ),
    int64: (values) =>
      initializer(`i ${values}`, [values.length], BigInt64Array.from(values.map((v) => BigInt(v)))),
    memo(key, make) {
      const before = memos.get(key);
      if (before) return before;
      const names = make();
      memos.set(key, names);
      return names;
    },
  };
}
