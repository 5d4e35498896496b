// The order in which a program's kernels run: what each reads, and which arrays are done with after it.
import { size } from "../shape.js";
import { simplify } from "../simplify.js";
import { apply, type Op, reachable, type Tensor } from "../tensor.js";
import { type Fused, fuse } from "./fuse.js";
import type { Kernel } from "./kernel.js";
import { holder, operands } from "./reading.js";
import { storedTensors } from "./stored.js";

/** One launch: the array of `y`. */
export interface Step {
  readonly y: Tensor;
  readonly kernel: Kernel;
  readonly inputs: readonly Tensor[];
  /** How many threads it takes. */
  readonly threads: number;
  /** Results of earlier steps that nothing reads after this one. */
  readonly done: Tensor[];
}

export interface Plan {
  /** The tensors whose arrays hold the results, in the order asked for. */
  readonly results: Tensor[];
  /** Inputs, state and constants: arrays that are there before the first step. */
  readonly sources: Tensor[];
  readonly steps: Step[];
}

/** The steps that compute `roots`, without what repeats or does not matter, and with chains of small ops in one. */
export function plan(roots: readonly Tensor[]): Plan {
  const results = expanded(simplify(roots)).map(holder);
  const stored = storedTensors(results);
  const steps = [...stored].filter((y) => y.inputs.length > 0).map((y) => stepOf(y, stored));
  const read = new Set([...results, ...steps.flatMap(({ inputs }) => inputs)]);
  const sources = [...stored].filter((x) => x.inputs.length === 0 && read.has(x));
  markLastReads(steps, new Set([...results, ...sources]));
  return { results, sources, steps };
}

function stepOf(y: Tensor, stored: ReadonlySet<Tensor>): Step {
  const { kernel, inputs } = y.op.kernel ? whole(y, stored) : fuse(y, stored);
  return { y, kernel, inputs, threads: size(y.shape) / kernel.lanes, done: [] };
}

function whole(y: Tensor, stored: ReadonlySet<Tensor>): Fused {
  const readings = operands(y, (x) => stored.has(x));
  const views = readings.map(({ view }) => view);
  return { kernel: y.op.kernel!(y, views), inputs: readings.map(({ base }) => base) };
}

/** An equal graph in which ops that have another form for this engine are in it. */
function expanded(roots: readonly Tensor[]): readonly Tensor[] {
  const now = new Map<Tensor, Tensor>();
  let changed = false;
  for (const x of reachable(roots)) {
    const inputs = x.inputs.map((i) => now.get(i)!);
    const same = inputs.every((i, k) => i === x.inputs[k]) ? x : apply(x.op as Op, inputs, x.attrs);
    const other = x.op.expand?.(same);
    if (other) changed = true;
    now.set(x, other ?? same);
  }
  const next = roots.map((r) => now.get(r)!);
  return changed ? expanded(simplify(next)) : next;
}

function markLastReads(steps: readonly Step[], kept: ReadonlySet<Tensor>): void {
  const seen = new Set<Tensor>();
  for (const { inputs, done } of [...steps].reverse())
    for (const x of inputs) {
      if (seen.has(x) || kept.has(x)) continue;
      seen.add(x);
      done.push(x);
    }
}
