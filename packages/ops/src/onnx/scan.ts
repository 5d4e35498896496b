// Many runs of a program as one: its model becomes the body of a loop that carries the state. Where a provider's state
// crosses a bus at each call, as with CUDA from Node, it then crosses once in many runs.
import type { HostArray } from "../tensor.js";
import type { ProgramModel } from "./programModel.js";
import { model, type NodeSpec, type ValueSpec } from "./proto.js";

export interface Scan {
  readonly bytes: Uint8Array;
  /** The name of the state's value after all runs, by path. */
  readonly next: ReadonlyMap<string, string>;
}

/** The input for a state that runs write and do not read. */
export const unread = (path: string): string => `unread:${path}`;

/** The model of `count` runs. An input or output of the program has the same name, and one more axis in front. */
export function scan({ spec, inputs, changing, outputs }: ProgramModel, count: number): Scan {
  const changes = new Set(changing.map(({ path }) => path));
  const carried = new Map<string, ValueSpec>();
  const each: ValueSpec[] = [];
  const fixed: ValueSpec[] = [];
  for (const [name, { attrs, shape }] of inputs) {
    if (attrs.kind === "input") each.push({ name, shape });
    else if (changes.has(attrs.name)) carried.set(attrs.name, { name, shape });
    else fixed.push({ name, shape });
  }
  const before = changing.map(
    ({ path, x: { shape } }): ValueSpec => carried.get(path) ?? { name: unread(path), shape },
  );
  // The names outside a body are visible inside, so those that it takes in are its own.
  const own = (name: string) => `each:${name}`;
  const rename = new Map([...before, ...each].map(({ name }) => [name, own(name)]));
  const renamed = (name: string) => rename.get(name) ?? name;
  const nodes = spec.nodes.map((node): NodeSpec => ({ ...node, inputs: node.inputs.map(renamed) }));
  const inner = ({ name, shape }: ValueSpec) => ({ name: own(name), shape });
  const next = new Map(changing.map(({ path }) => [path, `next:${path}`]));
  const all = ({ name, shape }: ValueSpec): ValueSpec => ({ name, shape: [count, ...shape] });
  const results = outputs.map(({ name, x: { shape } }) => ({ name: `all:${name}`, shape }));
  const loop: NodeSpec = {
    op: "Scan",
    domain: "",
    inputs: [...before, ...each].map(({ name }) => name),
    outputs: [...next.values(), ...results.map(({ name }) => name)],
    attrs: {
      num_scan_inputs: each.length,
      body: { graph: { ...spec, nodes, inputs: [...before, ...each].map(inner) } },
    },
  };
  const bytes = model({
    name: "runs",
    nodes: [loop],
    initializers: [],
    inputs: [...before, ...fixed, ...each.map(all)],
    outputs: [
      ...changing.map(({ path, x: { shape } }) => ({ name: next.get(path)!, shape })),
      ...results.map(all),
    ],
  });
  return { bytes, next };
}

/** Arrays one after another. */
export function stacked(arrays: readonly Float32Array[], { shape }: Pick<HostArray, "shape">): HostArray {
  const data = new Float32Array(arrays.reduce((n, array) => n + array.length, 0));
  arrays.forEach((array, i) => data.set(array, i * array.length));
  return { shape: [arrays.length, ...shape], data };
}
