// Reverse-mode differentiation: the gradient of a scalar as another graph.
import { add } from "./ops/arithmetic.js";
import { sumTo } from "./ops/reduce.js";
import { constant } from "./ops/source.js";
import { show, size } from "./shape.js";
import { reachable, type Tensor } from "./tensor.js";
import { leaves, type Mapped, mapTree } from "./tree.js";

/**
 * dLoss/dx for each tensor x of a tree, as a tree of the same structure; zeros where the loss does not depend on x.
 * @throws if the loss is not a scalar.
 */
export function grad<P>(loss: Tensor, wrt: P): Mapped<P, Tensor> {
  if (loss.shape.length !== 0)
    throw new Error(`ops: grad: the loss must be a scalar (got ${show(loss.shape)})`);
  const targets = new Set(leaves<Tensor>(wrt).map(([, x]) => x));
  const order = reachable([loss]);

  // Only tensors between the targets and the loss carry a gradient.
  const active = new Set<Tensor>();
  for (const x of order) if (targets.has(x) || x.inputs.some((i) => active.has(i))) active.add(x);

  const gradients = new Map<Tensor, Tensor>();
  if (active.has(loss)) gradients.set(loss, constant(1));
  for (const y of order.reverse()) {
    const g = gradients.get(y);
    if (!g || y.inputs.length === 0) continue;
    const parts = y.op.gradient(g, y);
    y.inputs.forEach((x, i) => {
      const part = parts[i];
      if (!part || !active.has(x)) return;
      const mine = sumTo(part, x.shape);
      const before = gradients.get(x);
      gradients.set(x, before ? add(before, mine) : mine);
    });
  }
  return mapTree(
    wrt,
    (x: Tensor) => gradients.get(x) ?? constant({ shape: x.shape, data: new Float32Array(size(x.shape)) }),
  );
}
