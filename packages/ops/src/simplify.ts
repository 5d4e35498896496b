// Makes an equal graph with less work: no dead code, no expression twice, constants folded.
import { addOp, divOp, mulOp, subOp } from "./ops/arithmetic.js";
import { constant, constantOf, constantOp, uniform } from "./ops/source.js";
import { broadcastStrides, type Shape, sameShape, size, strides } from "./shape.js";
import { apply, type HostArray, type Op, reachable, type Tensor } from "./tensor.js";

/** Larger constants are left for the engine to compute, so that models stay small, and told apart by identity. */
const FOLD_LIMIT = 4096;

/**
 * The roots of an equal graph, in the order given. Dead code stays behind because nothing refers to it;
 * every other node is made anew, once for each distinct expression.
 */
export function simplify(roots: readonly Tensor[]): Tensor[] {
  const now = new Map<Tensor, Tensor>();
  const known = new Map<string, Tensor>();
  const arrays = new Map<Float32Array, number>();

  /** x by another name if it was seen before. */
  function share(x: Tensor): Tensor {
    const key = `${x.op.name} ${x.inputs.map((i) => i.id)} ${attrsKey(x, arrays)}`;
    const before = known.get(key);
    if (before) return before;
    known.set(key, x);
    return x;
  }

  for (const x of reachable(roots)) {
    const inputs = x.inputs.map((i) => now.get(i)!);
    const same = identity(x.op, inputs, x.shape);
    now.set(x, same ?? share(fold(x, inputs) ?? rescale(x.op, inputs) ?? apply(x.op as Op, inputs, x.attrs)));
  }
  return roots.map((r) => now.get(r)!);
}

function attrsKey(x: Tensor, arrays: Map<Float32Array, number>): string {
  const data = constantOf(x)?.data;
  if (!data) return JSON.stringify(x.attrs);
  // By their bits: equal tables are often made anew, as the frequencies of an embedding by each use of it.
  if (data.length <= FOLD_LIMIT)
    return `${x.shape} ${new Uint32Array(data.buffer, data.byteOffset, data.length)}`;
  if (!arrays.has(data)) arrays.set(data, arrays.size);
  return `${x.shape} #${arrays.get(data)}`;
}

/** x + 0, x - 0, x * 1, x / 1. */
function identity(op: Op, [a, b]: readonly Tensor[], shape: Shape): Tensor | undefined {
  const neutral = op === addOp || op === subOp ? 0 : op === mulOp || op === divOp ? 1 : undefined;
  if (neutral === undefined) return undefined;
  if (uniform(b) === neutral && sameShape(a.shape, shape)) return a;
  if ((op === addOp || op === mulOp) && uniform(a) === neutral && sameShape(b.shape, shape)) return b;
  return undefined;
}

/** (x * c) * d = x * (c d), for numbers c and d. */
function rescale(op: Op, inputs: readonly Tensor[]): Tensor | undefined {
  if (op !== mulOp) return undefined;
  const outer = scaled(inputs);
  const inner = outer && outer.x.op === mulOp ? scaled(outer.x.inputs) : undefined;
  return outer && inner ? apply(mulOp, [inner.x, constant(outer.by * inner.by)], {}) : undefined;
}

function scaled(inputs: readonly Tensor[]): { x: Tensor; by: number } | undefined {
  for (const [i, factor] of inputs.entries()) {
    if (factor.shape.length === 0 && uniform(factor) !== undefined && inputs.length === 2)
      return { x: inputs[1 - i], by: uniform(factor)! };
  }
  return undefined;
}

/** An elementwise op of constants is a constant. */
function fold({ op, shape }: Tensor, inputs: readonly Tensor[]): Tensor | undefined {
  if (!op.value || size(shape) > FOLD_LIMIT || !inputs.every((i) => i.op === constantOp)) return undefined;
  const columns = inputs.map((i) => repeated(constantOf(i)!, shape));
  const data = Float32Array.from({ length: size(shape) }, (_, k) => op.value!(...columns.map((c) => c[k])));
  return constant({ shape, data });
}

/** The data of an array broadcast to a shape. */
function repeated({ data, shape: from }: HostArray, to: Shape): Float32Array {
  const steps = broadcastStrides(from, to);
  const cells = strides(to);
  return Float32Array.from({ length: size(to) }, (_, k) => {
    let at = 0;
    for (let axis = 0; axis < to.length; axis++) at += (Math.floor(k / cells[axis]) % to[axis]) * steps[axis];
    return data[at];
  });
}
