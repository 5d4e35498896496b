// Softmax over the last axis, and attention built on it.
import { sameShape } from "../shape.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { mul, sub } from "./arithmetic.js";
import { matmul } from "./matmul.js";
import { sum } from "./reduce.js";
import { logSumExp } from "./rows.js";
import { lastTwoSwapped } from "./transpose.js";
import { exp } from "./unary.js";

const softmaxOp: Op = {
  name: "softmax",
  shape: ([x]) => x,
  gradient: (g, y) => [mul(y, sub(g, sum(mul(g, y), [-1], { keepDims: true })))],
  onnx: (graph, inputs) => graph.node("Softmax", inputs, { axis: -1 }),
  expand: ({ inputs: [x] }) => exp(sub(x, logSumExp(x))),
};

/** exp(x) / sum exp(x) over the last axis. */
export const softmax = (x: Tensor): Tensor => apply(softmaxOp, [x], {});

/** Which factor of the product of attention is given with its last two axes exchanged. */
interface AttendedAttrs {
  readonly swapped: boolean;
}

/**
 * y = softmax(scores) v as computed, with its gradient in closed form: inputs y, weights = softmax(scores), scores, v.
 * The sum over each row of weights times their gradient, which softmax's own gradient needs, equals that of y times
 * y's: a sum over d numbers instead of m.
 */
const attendedOp: Op<AttendedAttrs> = {
  name: "attended",
  shape: ([y]) => y,
  gradient(g, { inputs: [y, weights, , v], attrs: { swapped } }) {
    const ofWeights = matmul(g, v, { transB: !swapped });
    const inner = sum(mul(g, y), [-1], { keepDims: true });
    const ofV = swapped ? matmul(g, weights, { transA: true }) : matmul(weights, g, { transA: true });
    return [undefined, undefined, mul(weights, sub(ofWeights, inner)), ofV];
  },
  onnx: (_, [y]) => y,
};

/**
 * Scaled dot-product attention, softmax(q k^T / sqrt(d)) v (Vaswani et al. 2017, Eq. 1).
 * q [..., n, d], k [..., m, d], v [..., m, e] -> [..., n, e]. A transposed argument costs nothing.
 */
export function attention(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const d = q.shape[q.shape.length - 1];
  const scores = matmul(q, k, { transB: true, alpha: 1 / Math.sqrt(d) });
  const weights = softmax(scores);
  const y = matmul(weights, v);
  // Leading axes that are repeated for the product would have to be summed over.
  const lead = (x: Tensor) => x.shape.slice(0, -2);
  if (!sameShape(lead(weights), lead(v))) return y;
  const swapped = lastTwoSwapped(v);
  return apply(attendedOp, [y, weights, scores, swapped ?? v], { swapped: swapped !== undefined });
}
