// Exponential moving averages of parameters, and the norm of all gradients together.
import { add, div, mul, sub } from "../ops/arithmetic.js";
import { minimum } from "../ops/compare.js";
import { sum } from "../ops/reduce.js";
import type { Operand } from "../ops/source.js";
import { sqrt, square } from "../ops/unary.js";
import type { Tensor } from "../tensor.js";
import { leaves, type Mapped, mapTree } from "../tree.js";

/** average + (1 - rate) (params - average): rate times the old average, the rest from the parameters. */
export function ema<P>(average: unknown, params: P, rate: Operand): Mapped<P, Tensor> {
  const old = new Map(leaves<Tensor>(average));
  const share = sub(1, rate);
  return mapTree(params, (x: Tensor, path) => {
    const a = old.get(path)!;
    return add(a, mul(sub(x, a), share));
  });
}

/** The Euclidean norm of all the numbers of a tree together. */
export const globalNorm = (tree: unknown): Tensor =>
  sqrt(
    leaves<Tensor>(tree)
      .map(([, x]) => sum(square(x)))
      .reduce((a, b) => add(a, b)),
  );

/** Gradients scaled down so that their global norm is at most `limit`. */
export function clipByGlobalNorm<P>(gradients: P, limit: Operand): Mapped<P, Tensor> {
  const scale = minimum(1, div(limit, add(globalNorm(gradients), 1e-6)));
  return mapTree(gradients, (g: Tensor) => mul(g, scale));
}
