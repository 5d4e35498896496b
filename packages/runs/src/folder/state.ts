// Whether the arrays of a checkpoint are those that its network needs.
import { type HostArray, leaves, random } from "@imagefn/ops";
import type { Config } from "../config/schema.js";
import { networkOf } from "../sampling/network.js";
import { show } from "../show.js";

/** The parts of a state: the weights, their target, teacher and averages, the moments of the optimiser. */
const PART = /^(params|target|teacher|emas\.\d+|moments\.[^.]+)\.(.+)$/;

/**
 * Checks that each part of a state has an array for every array of the network, of the same shape.
 * @throws an Error that names the first array that is missing or has another shape
 */
export function checkState(state: ReadonlyMap<string, HostArray>, config: Config, classes: number): void {
  const expected = new Map(
    leaves<HostArray>(networkOf(config, classes).init(random(0))).map(([path, { shape }]) => [path, shape]),
  );
  // A shipped checkpoint may hold averages alone, which are all that sampling needs.
  const averages = state.size > 0 && [...state.keys()].every((name) => name.startsWith("emas."));
  const parts = new Set<string>(averages ? [] : ["params"]);
  for (const [name, { shape }] of state) {
    const [, part, path] = PART.exec(name) ?? [];
    const other = path === undefined ? undefined : expected.get(path);
    if (part === undefined || other === undefined)
      throw new Error(`its array ${show(name)} is not one of this network`);
    if (shape.join() !== other.join())
      throw new Error(`its array ${name} has the shape [${shape.join(", ")}], not [${other.join(", ")}]`);
    parts.add(part);
  }
  for (const part of parts)
    for (const path of expected.keys())
      if (!state.has(`${part}.${path}`)) throw new Error(`its array ${part}.${path} is missing`);
}
