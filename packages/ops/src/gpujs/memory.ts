// Which arrays share a buffer: one is free again when nothing reads its array any more.
import { size } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Step } from "./plan.js";

export interface Slots {
  /** The slot of each result that is not placed elsewhere. */
  readonly slotOf: ReadonlyMap<Tensor, number>;
  /** Numbers that each slot has room for. */
  readonly sizes: readonly number[];
}

/** Slots for the results of launches; `kept` are read after the last of them, `placed` have room elsewhere. */
export function slots(
  launches: readonly (readonly Step[])[],
  kept: ReadonlySet<Tensor>,
  placed: (x: Tensor) => boolean,
): Slots {
  const lastRead = new Map<Tensor, number>();
  launches.forEach((launch, at) => {
    for (const { inputs } of launch) for (const x of inputs) lastRead.set(x, at);
  });
  const slotOf = new Map<Tensor, number>();
  const sizes: number[] = [];
  const free: number[] = [];
  launches.forEach((launch, at) => {
    for (const { y } of launch) if (!placed(y)) slotOf.set(y, take(free, sizes, size(y.shape)));
    // A kernel cannot write what it reads, so its inputs' slots are free only now.
    for (const x of new Set(launch.flatMap(({ inputs }) => inputs)))
      if (slotOf.has(x) && lastRead.get(x) === at && !kept.has(x)) free.push(slotOf.get(x)!);
  });
  return { slotOf, sizes };
}

/** The smallest free slot that is large enough; else the largest one, made larger; else a new one. */
function take(free: number[], sizes: number[], need: number): number {
  if (free.length === 0) return sizes.push(need) - 1;
  const fits = free.filter((slot) => sizes[slot] >= need);
  const slot = fits.length
    ? fits.reduce((a, b) => (sizes[b] < sizes[a] ? b : a))
    : free.reduce((a, b) => (sizes[b] > sizes[a] ? b : a));
  free.splice(free.indexOf(slot), 1);
  sizes[slot] = Math.max(sizes[slot], need);
  return slot;
}
