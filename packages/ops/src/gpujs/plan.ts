// The order in which a program's kernels run: what each reads, and which arrays are done with after it.
import { size } from "../shape.js";
import { simplify } from "../simplify.js";
import { apply, type Op, reachable, type Tensor } from "../tensor.js";
import { fuse } from "./fuse.js";
import type { Kernel } from "./kernel.js";
import { inParts, productOf } from "./parts.js";
import { holder, operands } from "./reading.js";
import { storedTensors } from "./stored.js";
import { type Tiled, tiled } from "./tiled.js";
import { MOST_NUMBERS, type Products, tilingOf } from "./tiling.js";

/** One launch: the array of `y`. */
export interface Step {
  readonly y: Tensor;
  /** Of GPU.js, or tiled. */
  readonly kernel: Kernel | Tiled;
  readonly inputs: readonly Tensor[];
  /** Tensors without arrays whose indices the kernel computes. */
  readonly unstored: readonly Tensor[];
  /** How many threads a kernel of GPU.js takes. */
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

/**
 * The steps that compute `roots`, without what repeats or does not matter, and with chains of small ops in one.
 * @param products which products have tiled kernels, where there is workgroup memory
 */
export function plan(roots: readonly Tensor[], products: Products = "plain"): Plan {
  const results = divided(expanded(simplify(roots)), products).map(holder);
  const stored = storedTensors(results);
  const steps = [...stored].filter((y) => y.inputs.length > 0).map((y) => stepOf(y, stored, products));
  const read = new Set([...results, ...steps.flatMap(({ inputs }) => inputs)]);
  const sources = [...stored].filter((x) => x.inputs.length === 0 && read.has(x));
  markLastReads(steps, new Set([...results, ...sources]));
  return { results, sources, steps };
}

function stepOf(y: Tensor, stored: ReadonlySet<Tensor>, products: Products): Step {
  if (!y.op.kernel) {
    return { y, ...fuse(y, stored), threads: size(y.shape), done: [] };
  }
  const readings = operands(y, (x) => stored.has(x));
  const views = readings.map(({ view }) => view);
  const inputs = readings.map(({ base }) => base);
  const product = y.op.product?.(y, views);
  const tiling = product && tilingOf(product, products, isLarge([y, ...inputs]));
  if (tiling) {
    // A result has room for one sum, unless it is that of parts.
    const parts = product.tiling ? tiling.parts : 1;
    return { y, kernel: tiled(product, { ...tiling, parts }), inputs, unstored: [], threads: 0, done: [] };
  }
  const kernel = y.op.kernel(y, views);
  return { y, kernel, inputs, unstored: [], threads: size(y.shape) / kernel.lanes, done: [] };
}

const isLarge = (arrays: readonly Tensor[]) => arrays.some(({ shape }) => size(shape) > MOST_NUMBERS);

/** An equal graph in which every x for which `other` has another form is that. */
function replaced(
  roots: readonly Tensor[],
  other: (x: Tensor) => Tensor | undefined,
): { roots: readonly Tensor[]; changed: boolean } {
  const now = new Map<Tensor, Tensor>();
  let changed = false;
  for (const x of reachable(roots)) {
    const inputs = x.inputs.map((i) => now.get(i)!);
    const same = inputs.every((i, k) => i === x.inputs[k]) ? x : apply(x.op as Op, inputs, x.attrs);
    const found = other(same);
    if (found) changed = true;
    now.set(x, found ?? same);
  }
  return { roots: roots.map((r) => now.get(r)!), changed };
}

/** An equal graph in which ops that have another form for this engine are in it. */
function expanded(roots: readonly Tensor[]): readonly Tensor[] {
  const next = replaced(roots, (x) => x.op.expand?.(x));
  return next.changed ? expanded(simplify(next.roots)) : next.roots;
}

/** An equal graph in which products with few tiles and a long k are sums of parts. */
function divided(roots: readonly Tensor[], products: Products): readonly Tensor[] {
  if (products === "plain") return roots;
  return replaced(roots, (y) => {
    const product = productOf(y);
    const tiling = product && tilingOf(product, products, isLarge([y, ...y.inputs]));
    return tiling && tiling.parts > 1 ? inParts(y, tiling) : undefined;
  }).roots;
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
