// A program: a traced function from state and inputs to the next state and outputs.
import { placeholder } from "./ops/source.js";
import { type Shape, sameShape, show } from "./shape.js";
import type { Tensor } from "./tensor.js";
import { leaves, type Mapped, mapTree } from "./tree.js";

/** Anything with a shape stands for a tensor of that shape. */
type Shaped = { readonly shape: Shape };

/** A traced function from state and inputs to the next state and outputs, which any engine compiles. */
export interface Program {
  /** State as it enters, by path. */
  readonly state: ReadonlyMap<string, Tensor>;
  /** State as it leaves, by path; the same tensor as it entered where nothing changes. */
  readonly next: ReadonlyMap<string, Tensor>;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly outputs: ReadonlyMap<string, Tensor>;
}

/** What a program is traced from: its state, and the shapes of its inputs. */
export interface ProgramSpec<S, I extends Record<string, Shape>> {
  /** A tree of host arrays (or bare `{ shape }`); only the shapes are read. */
  readonly state?: S;
  /** Shapes of what each run is given. */
  readonly inputs?: I;
}

/** What the function of a program returns. */
export interface ProgramResult {
  /** The new value of state: a tree of the same structure, or a part of it; what is left out keeps its value. */
  readonly state?: unknown;
  readonly outputs?: Readonly<Record<string, Tensor>>;
}

/**
 * Traces `build` once with symbolic state and inputs.
 * @throws if the new state names something that the state has not, or with another shape.
 */
export function program<S, I extends Record<string, Shape> = Record<string, never>>(
  spec: ProgramSpec<S, I>,
  build: (state: Mapped<S, Tensor>, inputs: { [K in keyof I]: Tensor }) => ProgramResult,
): Program {
  const state = mapTree(
    (spec.state ?? {}) as S,
    (x: Shaped, path) => placeholder("state", path, x.shape) as Tensor,
  );
  const inputs = Object.fromEntries(
    Object.entries(spec.inputs ?? {}).map(([name, shape]) => [
      name,
      placeholder("input", name, shape) as Tensor,
    ]),
  );
  const result = build(state, inputs as { [K in keyof I]: Tensor });
  const entering = new Map(leaves<Tensor>(state));
  const next = new Map(entering);
  for (const [path, x] of leaves<Tensor>(result.state ?? {})) {
    const before = entering.get(path);
    if (!before) throw new Error(`ops: program: new state for "${path}", which is not in the state`);
    if (!sameShape(before.shape, x.shape))
      throw new Error(
        `ops: program: state "${path}" changes its shape (got ${show(x.shape)}, expected ${show(before.shape)})`,
      );
    next.set(path, x);
  }
  return {
    state: entering,
    next,
    inputs: new Map(Object.entries(inputs)),
    outputs: new Map(Object.entries(result.outputs ?? {})),
  };
}
