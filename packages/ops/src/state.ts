// Checks that every engine makes on state and inputs.
import type { NdArray } from "ndarray";
import type { Runnable } from "./engine.js";
import { ndarrayOf } from "./ndarrayOf.js";
import type { Program } from "./program.js";
import { sameShape, show, size } from "./shape.js";
import type { HostArray, Tensor } from "./tensor.js";
import { leaves } from "./tree.js";

/** A tree or a map of host arrays, as a map. */
export const stateMap = (state: unknown): ReadonlyMap<string, HostArray> =>
  state instanceof Map ? state : new Map(leaves<HostArray>(state ?? {}));

export const isRunnable = (state: unknown): state is Runnable =>
  typeof (state as Partial<Runnable> | undefined)?.run === "function";

/** Whether a path is `prefix`, or below it. */
export const inside = (path: string, prefix: string): boolean =>
  prefix === "" || path === prefix || path.startsWith(`${prefix}.`);

/** Fails unless `values` fit the program's state; with `whole`, unless they are all there. */
export function checkState(program: Program, values: ReadonlyMap<string, HostArray>, whole: boolean): void {
  for (const [path, value] of values) {
    const x = program.state.get(path);
    if (!x) throw new Error(`ops: no state is called "${path}" in this program`);
    const data = numbersOf(value);
    if (!data)
      throw new Error(
        `ops: state "${path}" must be { shape, data } with a Float32Array (got ${typeName(value)})`,
      );
    if (data.length !== size(x.shape))
      throw new Error(
        `ops: state "${path}" is ${show(x.shape)}: ${size(x.shape)} numbers (got ${data.length})`,
      );
  }
  if (!whole) return;
  for (const path of program.state.keys())
    if (!values.has(path)) throw new Error(`ops: the program's state "${path}" was given no value`);
}

/** The numbers of an array, of whatever JavaScript gave; undefined where they are no Float32Array. */
function numbersOf(value: unknown): Float32Array | undefined {
  const data = value instanceof Float32Array ? value : (value as HostArray | null)?.data;
  return data instanceof Float32Array ? data : undefined;
}

function typeName(value: unknown): string {
  const own = (value as HostArray | null)?.data;
  if (own !== undefined && !ArrayBuffer.isView(value)) return `data of ${typeName(own)}`;
  return typeof value === "object" && value !== null ? value.constructor.name : String(value);
}

/** Fails unless a program changes nothing and all that it reads is in the state of another. */
export function checkReader(program: Program, owner: Program): void {
  for (const [path, x] of program.state) {
    if (program.next.get(path) !== x)
      throw new Error(`ops: a reader changes no state (got a new value of "${path}")`);
    const there = owner.state.get(path);
    if (!there || !sameShape(there.shape, x.shape))
      throw new Error(
        `ops: a reader's state "${path}" ${show(x.shape)} is not in the state that it reads` +
          (there ? ` (expected ${show(there.shape)})` : ""),
      );
  }
}

/** Fails unless every array to write into is that of an output, of its length. */
export function checkInto(program: Program, into: Readonly<Record<string, Float32Array>>): void {
  for (const [name, data] of Object.entries(into)) {
    const x = program.outputs.get(name);
    if (!x) throw new Error(`ops: no output is called "${name}"`);
    if (!(data instanceof Float32Array) || data.length !== size(x.shape))
      throw new Error(
        `ops: output "${name}" ${show(x.shape)} takes a Float32Array of ${size(x.shape)} numbers (got ${typeName(data)} of ${data?.length})`,
      );
  }
}

/** The data of each input of the program. */
export function checkInputs(
  program: Program,
  given: Readonly<Record<string, HostArray | Float32Array | number>>,
): Map<string, Float32Array> {
  for (const name of Object.keys(given))
    if (!program.inputs.has(name))
      throw new Error(
        `ops: no input is called "${name}" (expected ${[...program.inputs.keys()].join(", ") || "none"})`,
      );
  const out = new Map<string, Float32Array>();
  for (const [name, x] of program.inputs) {
    const value = given[name];
    if (value === undefined) throw new Error(`ops: input "${name}" ${show(x.shape)} is missing`);
    const data = typeof value === "number" ? Float32Array.of(value) : numbersOf(value);
    if (!data)
      throw new Error(
        `ops: input "${name}" must be a number, a Float32Array, or { shape, data } with one (got ${typeName(value)})`,
      );
    if (data.length !== size(x.shape))
      throw new Error(
        `ops: input "${name}" is ${show(x.shape)}: ${size(x.shape)} numbers (got ${data.length})`,
      );
    out.set(name, data);
  }
  return out;
}

/** Data as an ndarray of a tensor's shape. */
export const toNdarray = (data: Float32Array, { shape }: Tensor): NdArray<Float32Array> =>
  ndarrayOf(data, shape);
