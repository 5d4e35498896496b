// The state of a program that stays with ONNX Runtime, and how it gets there and back: by sessions of Identity nodes.
import type { Program } from "../program.js";
import { size } from "../shape.js";
import type { HostArray } from "../tensor.js";
import { model } from "./proto.js";
import type { Held, Sessions } from "./sessions.js";

export interface HeldState {
  /** The tensor of a state that the program reads or changes. */
  of(path: string): Held;
  /** Notes the tensor that a run made of a state. */
  set(path: string, tensor: Held): void;
  /** Replaces values. */
  put(values: ReadonlyMap<string, HostArray>): Promise<void>;
  /** Copies of the states at some paths. */
  read(paths: readonly string[]): Promise<Map<string, HostArray>>;
}

/** State moves in parts of at most so many numbers: it is copied on its way. */
const PART = 2 ** 24;

/** The state of a program, of which the paths `used` are held there; the rest is only kept here. */
export function heldState(sessions: Sessions, program: Program, used: ReadonlySet<string>): HeldState {
  const held = new Map<string, Held>();
  const kept = new Map<string, HostArray>();
  const shapeOf = (path: string) => program.state.get(path)!.shape;

  // A tensor may be used as long as the session that made it: movers are kept, and made once for the same states.
  const movers = new Map<string, Promise<number>>();
  function mover(paths: readonly string[], to: "device" | "host"): Promise<number> {
    const key = [to, ...paths].join("\n");
    if (!movers.has(key)) movers.set(key, opened(paths, to));
    return movers.get(key)!;
  }
  const opened = (paths: readonly string[], to: "device" | "host") =>
    sessions.open({
      model: model({
        name: "move",
        nodes: paths.map((_, i) => ({
          op: "Identity",
          domain: "",
          inputs: [`x${i}`],
          outputs: [`y${i}`],
          attrs: {},
        })),
        initializers: [],
        inputs: paths.map((path, i) => ({ name: `x${i}`, shape: shapeOf(path) })),
        outputs: paths.map((path, i) => ({ name: `y${i}`, shape: shapeOf(path) })),
      }),
      held: to === "device" ? paths.map((_, i) => `y${i}`) : [],
      simplify: false,
    });

  /** The paths in parts of a bounded size. */
  function partsOf(paths: readonly string[]): string[][] {
    const parts: string[][] = [];
    let numbers = Number.POSITIVE_INFINITY;
    for (const path of paths) {
      const own = size(shapeOf(path));
      if (numbers + own > PART) {
        parts.push([]);
        numbers = 0;
      }
      parts.at(-1)!.push(path);
      numbers += own;
    }
    return parts;
  }

  async function move<T>(
    part: readonly string[],
    to: "device" | "host",
    value: (path: string) => Held | HostArray,
  ) {
    const found = await sessions.run({
      session: await mover(part, to),
      feeds: Object.fromEntries(part.map((path, i) => [`x${i}`, value(path)])),
      spent: to === "device" ? part.flatMap((path) => held.get(path) ?? []) : [],
    });
    return part.map((path, i) => [path, found[`y${i}`] as T] as const);
  }

  return {
    of: (path) => held.get(path)!,
    set: (path, tensor) => held.set(path, tensor),
    async put(values) {
      for (const [path, { data }] of values)
        if (!used.has(path)) kept.set(path, { shape: shapeOf(path), data: data.slice() });
      for (const part of partsOf([...values.keys()].filter((path) => used.has(path)))) {
        const value = (path: string) => ({ shape: shapeOf(path), data: values.get(path)!.data });
        for (const [path, tensor] of await move<Held>(part, "device", value)) held.set(path, tensor);
      }
    },
    async read(paths) {
      const found = new Map<string, Float32Array>();
      for (const part of partsOf(paths.filter((path) => held.has(path))))
        for (const [path, data] of await move<Float32Array>(part, "host", (path) => held.get(path)!))
          found.set(path, data);
      const numbers = (path: string) => found.get(path) ?? kept.get(path)!.data.slice();
      return new Map(paths.map((path) => [path, { shape: shapeOf(path), data: numbers(path) }]));
    },
  };
}
