// The order in which a program's kernels run: what each reads, and which arrays are done with after it.
import { broadcastTo } from "../ops/broadcastTo.js";
import { size } from "../shape.js";
import { simplify } from "../simplify.js";
import { reachable, type Tensor } from "../tensor.js";
import type { Kernel } from "./kernel.js";

/** One launch: the array of `y`. */
export interface Step {
  readonly y: Tensor;
  readonly kernel: Kernel;
  readonly inputs: readonly Tensor[];
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

/** The steps that compute `roots`, without what repeats or does not matter. */
export function plan(roots: readonly Tensor[]): Plan {
  const simple = simplify(roots);
  const sources: Tensor[] = [];
  const steps: Step[] = [];
  const repeats = new Map<string, Tensor>();

  /** The tensor whose array x shares: reshape and stopGradient leave the numbers where they are. */
  function holder(x: Tensor): Tensor {
    let at = x;
    while (!at.op.kernel && at.inputs.length > 0) at = at.inputs[0];
    return at;
  }

  /** x repeated to y's shape by a step of its own, unless it is as large already. */
  function repeated(x: Tensor, y: Tensor): Tensor {
    if (size(x.shape) === size(y.shape)) return holder(x);
    const key = `${x.id} ${y.shape}`;
    let full = repeats.get(key);
    if (!full) {
      full = broadcastTo(x, y.shape);
      step(full);
      repeats.set(key, full);
    }
    return full;
  }

  function step(y: Tensor): void {
    if (!y.op.kernel) {
      if (y.inputs.length === 0) sources.push(y);
      return;
    }
    const kernel = y.op.kernel(y);
    const inputs = y.inputs.map((x) => (kernel.broadcasts ? repeated(x, y) : holder(x)));
    steps.push({ y, kernel, inputs, done: [] });
  }

  for (const y of reachable(simple)) step(y);
  const results = simple.map(holder);
  markLastReads(steps, new Set([...results, ...sources]));
  return { results, sources, steps };
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
