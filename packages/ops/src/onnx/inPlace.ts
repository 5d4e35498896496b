// Which states a run may overwrite: those that nothing reads after their new value is written.
import type { NodeSpec } from "./proto.js";

/** Elementwise operators read cell i of a full-size input no later than they write cell i. */
const ELEMENTWISE = new Set(["Add", "Sub", "Mul", "Div"]);

/** These share their input's memory. */
const VIEWS = new Set(["Reshape", "Identity"]);

/**
 * Paths of the states whose new value may be written over the old one: every node that reads the old value is an ancestor
 * of the node that writes the new one, and so has run before it; or is that node, and elementwise.
 * Overwriting any other would corrupt values that are still to be read, without an error. Nodes must run as they are: where
 * ONNX Runtime merges a MatMul and the Add after it, one node reads while it writes.
 */
export function inPlace(nodes: readonly NodeSpec[], next: ReadonlyMap<string, string>): Set<string> {
  const writer = new Map<string, number>();
  const readers = new Map<string, number[]>();
  nodes.forEach((node, i) => {
    for (const name of node.outputs) writer.set(name, i);
    for (const name of node.inputs) {
      const list = readers.get(name);
      if (list) list.push(i);
      else readers.set(name, [i]);
    }
  });

  /** Whether node `target` is among the ancestors of node `from`. */
  function needs(from: number, target: number): boolean {
    const seen = new Set<number>();
    const stack = [from];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      for (const name of nodes[at].inputs) {
        const parent = writer.get(name);
        // Nodes are in topological order, so an ancestor never has a larger number.
        if (parent === undefined || parent < target || seen.has(parent)) continue;
        if (parent === target) return true;
        seen.add(parent);
        stack.push(parent);
      }
    }
    return false;
  }

  /** Nodes that read a value, or a view of it. */
  function readersOf(name: string): number[] {
    const direct = readers.get(name) ?? [];
    const views = direct.filter((i) => VIEWS.has(nodes[i].op));
    return [...direct, ...views.flatMap((i) => readersOf(nodes[i].outputs[0]))];
  }

  const safe = new Set<string>();
  for (const [path, name] of next) {
    const last = writer.get(name);
    if (last === undefined) continue;
    const all = readersOf(`state:${path}`);
    const ok = all.every((reader) => {
      if (reader === last) return ELEMENTWISE.has(nodes[reader].op);
      return reader < last && needs(last, reader);
    });
    if (ok) safe.add(path);
  }
  return safe;
}
