// Updates of state that are the same for every array, as those of an optimiser, become one launch over all of them: the
// arrays of a column, say all second moments, lie one after another in one buffer.
import { size } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { keyOf } from "./compiler.js";
import type { Step } from "./plan.js";
import { isTiled } from "./tiled.js";

/** Where an array lies: the path of a state that changes, before and after, else the tensor itself. */
export type Place = Tensor | string;

/** Part of a buffer that several arrays share. */
export interface Berth {
  readonly column: number;
  /** In numbers, from the start of the buffer. */
  readonly offset: number;
}

export interface Batches {
  /** The launches in order: single steps, and steps that are launched as one. */
  readonly launches: readonly (readonly Step[])[];
  readonly berths: ReadonlyMap<Place, Berth>;
  /** Numbers in each column. */
  readonly columns: readonly number[];
}

/** WebGPU binds parts of buffers from multiples of 256 bytes. */
const ALIGNED = 64;
/** Kernels compute indices in float32, which holds every whole number up to this one. */
const MOST = 2 ** 24;

export const room = (x: Tensor): number => Math.ceil(size(x.shape) / ALIGNED) * ALIGNED;

/** The arguments of a fused kernel that are read at the thread's own index alone; undefined if it is no such kernel. */
function flatArguments({ kernel, inputs }: Step): boolean[] | undefined {
  if (isTiled(kernel)) return undefined;
  const { source } = kernel;
  if (!source.startsWith("function fused(") || /\bfor \(|Math\.floor\(i \//.test(source)) return undefined;
  return inputs.map((_, k) => !new RegExp(`x${k}\\[(?!i\\])`).test(source));
}

export function batches(
  steps: readonly Step[],
  isUpdate: (y: Tensor) => boolean,
  placeOf: (x: Tensor) => Place,
): Batches {
  const berths = new Map<Place, Berth>();
  const columns: number[] = [];
  const groups: Step[][] = [];
  /** Whether a kernel would write to one of these places and read what was just written to another: not in one buffer. */
  const meet = (row: readonly Place[]) => {
    const all = new Set(row);
    const isHere = (x: Tensor) => x.inputs.length > 0 && all.has(placeOf(x));
    return steps.some(({ y, inputs }) => isHere(y) && inputs.some(isHere));
  };
  for (const group of alike(steps.filter(({ y }) => isUpdate(y)))) {
    const flat = flatArguments(group[0])!;
    const rows = [...flat.keys()]
      .filter((k) => flat[k])
      .map((k) => group.map(({ inputs }) => placeOf(inputs[k])));
    if (settle([group.map(({ y }) => placeOf(y)), ...rows], group, berths, columns, meet)) groups.push(group);
  }
  return { launches: ordered(steps, groups), berths, columns };
}

/** Steps of equal kernels, whose other arguments are the same arrays; no more at once than an index can tell apart. */
function alike(steps: readonly Step[]): Step[][] {
  const ids = new Map<string, Step[]>();
  for (const step of steps) {
    const flat = flatArguments(step);
    if (!flat || step.inputs.some((x, k) => flat[k] && size(x.shape) !== size(step.y.shape))) continue;
    const key = keyOf(
      step.kernel,
      step.inputs.map((x, k) => (flat[k] ? -1 : x.id)),
      0,
    );
    ids.set(key, [...(ids.get(key) ?? []), step]);
  }
  return [...ids.values()].flatMap((group) => {
    const parts: Step[][] = [];
    let total = Number.POSITIVE_INFINITY;
    for (const step of group) {
      total += room(step.y);
      if (total > MOST) {
        parts.push([]);
        total = room(step.y);
      }
      parts.at(-1)!.push(step);
    }
    return parts.filter(({ length }) => length > 1);
  });
}

/** Gives the columns of a group berths, where they have none yet; false where that cannot be. */
function settle(
  rows: Place[][],
  group: readonly Step[],
  berths: Map<Place, Berth>,
  columns: number[],
  meet: (row: readonly Place[]) => boolean,
): boolean {
  const offsets = [0];
  for (const { y } of group) offsets.push(offsets.at(-1)! + room(y));
  const total = offsets.at(-1)!;
  const isNew = (row: Place[]) => row.every((place) => !berths.has(place) && canMove(place, row[0]));
  const isThere = (row: Place[]) =>
    row.every(
      (place, i) =>
        berths.get(place)?.column === berths.get(row[0])!.column && berths.get(place)!.offset === offsets[i],
    ) && columns[berths.get(row[0])!.column] === total;
  const fresh = rows.filter(
    (row, k) => !berths.has(row[0]) && rows.findIndex((other) => other[0] === row[0]) === k,
  );
  const all = new Set(fresh.flat());
  if (all.size !== fresh.length * group.length || !fresh.every(isNew)) return false;
  const isFresh = (row: Place[]) => fresh.some((other) => other.every((place, i) => place === row[i]));
  if (!rows.every((row) => (berths.has(row[0]) ? isThere(row) : isFresh(row)))) return false;
  if (fresh.some(meet)) return false;
  for (const row of fresh) {
    row.forEach((place, i) => berths.set(place, { column: columns.length, offset: offsets[i] }));
    columns.push(total);
  }
  return true;
}

/** Whether a place can lie beside another: both of state that changes, or both of results. */
const canMove = (place: Place, other: Place): boolean =>
  typeof place === typeof other && (typeof place === "string" || place.inputs.length > 0);

/** Every step after those that it reads from, those of a group together; a group that this is impossible for is undone. */
function ordered(steps: readonly Step[], groups: readonly (readonly Step[])[]): Step[][] {
  const made = new Map(steps.map((step) => [step.y, step]));
  const groupOf = new Map(groups.flatMap((group) => group.map((step) => [step, group])));
  const state = new Map<readonly Step[], "begun" | "done">();
  const singles = new Map(steps.map((step) => [step, [step]]));
  const out: Step[][] = [];
  let broken: readonly Step[] | undefined;

  function visit(step: Step): void {
    const unit = groupOf.get(step) ?? singles.get(step)!;
    if (state.get(unit) === "begun") broken = unit;
    if (state.has(unit) || broken) return;
    state.set(unit, "begun");
    for (const { inputs } of unit)
      for (const x of inputs) {
        const before = made.get(x);
        if (before) visit(before);
      }
    state.set(unit, "done");
    out.push([...unit]);
  }
  for (const step of steps) visit(step);
  return broken
    ? ordered(
        steps,
        groups.filter((group) => group !== broken),
      )
    : out;
}
