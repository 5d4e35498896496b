// A program as one ONNX model: what enters and leaves it, by the program's own names.
import type { PlaceholderAttrs } from "../ops/source.js";
import type { Program } from "../program.js";
import { reachable, type Tensor } from "../tensor.js";
import type { GraphOptions } from "./graph.js";
import { lower } from "./lower.js";
import { type ModelSpec, model, type NodeSpec } from "./proto.js";

export interface ProgramModel {
  readonly spec: ModelSpec;
  /** State and inputs that the model reads, by their names in it. */
  readonly inputs: ReadonlyMap<string, Tensor<PlaceholderAttrs>>;
  /** States that change: their path, and the name of their next value. A state that passes through stays where it is. */
  readonly changing: readonly { readonly path: string; readonly x: Tensor; readonly name: string }[];
  readonly outputs: readonly { readonly key: string; readonly x: Tensor; readonly name: string }[];
}

/** @throws if the program has nothing to compute */
export function programModel(program: Program, options: GraphOptions): ProgramModel {
  const changing = [...program.next].filter(([path, x]) => x !== program.state.get(path));
  const outputs = [...program.outputs];
  const results = [...changing, ...outputs].map(([, x]) => x);
  if (results.length === 0)
    throw new Error("ops: a program without outputs that changes no state has nothing to compute");
  const lowered = lower(results, options);
  const { names, aliases } = distinct(lowered.outputs, new Set(lowered.inputs.keys()));
  return {
    spec: {
      name: "program",
      nodes: [...lowered.nodes, ...aliases],
      initializers: lowered.initializers,
      inputs: [...lowered.inputs].map(([name, { shape }]) => ({ name, shape })),
      outputs: names.map((name, i) => ({ name, shape: results[i].shape })),
    },
    inputs: lowered.inputs,
    changing: changing.map(([path, x], i) => ({ path, x, name: names[i] })),
    outputs: outputs.map(([key, x], i) => ({ key, x, name: names[changing.length + i] })),
  };
}

/** Whether a program has convolutions. */
export const convolves = ({ next, outputs }: Program): boolean =>
  reachable([...next.values(), ...outputs.values()]).some(({ op }) => op.name.startsWith("conv2d"));

export const bytesOf = ({ spec }: ProgramModel): Uint8Array => model(spec);

/** Graph outputs need names of their own: an input, a constant or a repeated name gets an Identity node. */
function distinct(names: readonly string[], inputs: ReadonlySet<string>) {
  const used = new Set<string>();
  const aliases: NodeSpec[] = [];
  const out = names.map((name, i) => {
    if (!inputs.has(name) && name.startsWith("v") && !used.has(name)) {
      used.add(name);
      return name;
    }
    const alias = `out${i}`;
    aliases.push({ op: "Identity", domain: "", inputs: [name], outputs: [alias], attrs: {} });
    return alias;
  });
  return { names: out, aliases };
}
