// Lowers tensors to one ONNX model.
import { type PlaceholderAttrs, placeholderOp } from "../ops/source.js";
import { simplify } from "../simplify.js";
import { type HostArray, reachable, type Tensor } from "../tensor.js";
import { type GraphOptions, type GraphParts, onnxGraph } from "./graph.js";
import { model } from "./proto.js";

export interface Lowered extends GraphParts {
  /** Placeholders that the outputs really depend on, by their name in the graph. */
  readonly inputs: Map<string, Tensor<PlaceholderAttrs>>;
  /** Name in the graph of each output, in the order given. */
  readonly outputs: string[];
}

/** The name of a placeholder in the graph: inputs and state may share names, so each kind has a prefix. */
export const inputName = ({ kind, name }: PlaceholderAttrs): string => `${kind}:${name}`;

/** Adds the nodes of every output and of all it depends on. */
export function lower(outputs: readonly Tensor[], options: GraphOptions = {}): Lowered {
  const graph = onnxGraph(options);
  const roots = simplify(outputs);
  const names = new Map<Tensor, string>();
  const inputs: Lowered["inputs"] = new Map();
  for (const x of reachable(roots)) {
    if (x.op === placeholderOp) {
      const source = x as Tensor<PlaceholderAttrs>;
      const name = inputName(source.attrs);
      inputs.set(name, source);
      names.set(x, name);
    } else {
      names.set(
        x,
        x.op.onnx(
          graph,
          x.inputs.map((i) => names.get(i)!),
          x,
        ),
      );
    }
  }
  return { ...graph.parts, inputs, outputs: roots.map((y) => names.get(y)!) };
}

/** What an .onnx file holds. */
export interface ExportOptions {
  /** The name of the graph in the file. */
  readonly name: string;
  /** Named results. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Data for state placeholders, stored in the file. */
  readonly weights: ReadonlyMap<string, HostArray>;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The bytes of an .onnx file that any runtime can load; its inputs are the program's, its weights inside. */
export function exportOnnx({ name, outputs, weights, metadata }: ExportOptions): Uint8Array {
  const lowered = lower(Object.values(outputs), { portable: true });
  const initializers = [...lowered.initializers];
  const inputs: { name: string; shape: readonly number[] }[] = [];
  const rename = new Map<string, string>();
  for (const [key, x] of lowered.inputs) {
    if (x.attrs.kind === "input") {
      rename.set(key, x.attrs.name);
      inputs.push({ name: x.attrs.name, shape: x.shape });
      continue;
    }
    const value = weights.get(x.attrs.name);
    if (!value) throw new Error(`ops: export: no weights for "${x.attrs.name}"`);
    rename.set(key, x.attrs.name);
    initializers.push({ name: x.attrs.name, shape: x.shape, data: value.data });
  }
  const renamed = (n: string) => rename.get(n) ?? n;
  const nodes = lowered.nodes.map((n) => ({ ...n, inputs: n.inputs.map(renamed) }));
  const results = Object.keys(outputs).map((output, i) => {
    nodes.push({
      op: "Identity",
      domain: "",
      inputs: [renamed(lowered.outputs[i])],
      outputs: [output],
      attrs: {},
    });
    return { name: output, shape: Object.values(outputs)[i].shape };
  });
  return model({ name, nodes, initializers, inputs, outputs: results, metadata });
}
