// How much arithmetic a program's products and convolutions are.
import { reachable } from "@imagefn/ops";

const size = (shape) => shape.reduce((a, b) => a * b, 1);

/** Multiplications and additions of one number of the result, by the name of its op. */
const PER_NUMBER = {
  matmul: ({ inputs: [a], attrs }) => 2 * a.shape.at(attrs.transA ? -2 : -1),
  linear: ({ inputs: [x] }) => 2 * x.shape.at(-1),
  conv2d: ({ inputs: [, w] }) => 2 * size(w.shape.slice(1)),
  conv2dInputGradient: ({ inputs: [, w], attrs }) =>
    (2 * size([w.shape[0], ...w.shape.slice(2)])) / attrs.stride ** 2,
  conv2dWeightGradient: ({ inputs: [, g] }) => 2 * g.shape[0] * size(g.shape.slice(2)),
};

/** GFLOP of the products in one run of a program. */
export function gflopOf({ next, outputs }) {
  const all = reachable([...next.values(), ...outputs.values()]);
  return all.reduce((sum, y) => sum + (PER_NUMBER[y.op.name]?.(y) ?? 0) * size(y.shape), 0) / 1e9;
}
