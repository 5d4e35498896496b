// Comparisons as 1 or 0, the choice between two tensors, and the larger and the smaller of two.
import { apply, type Tensor } from "../tensor.js";
import { mul, sub } from "./arithmetic.js";
import { binary, elementwise } from "./elementwise.js";
import { type Operand, tensor } from "./source.js";

// A cast bool is half the cost of Where or Sign in ONNX Runtime.
const greaterOp = elementwise("greater", {
  onnx: (graph, inputs) => graph.node("Cast", [graph.node("Greater", inputs)], { to: 1 }),
  value: (a, b) => (a > b ? 1 : 0),
  gradient: () => [undefined, undefined],
  numbers: function greater(a, b) {
    let y = 0;
    if (a > b) y = 1;
    return y;
  },
});

const whereOp = elementwise("where", {
  onnx(graph, [condition, a, b]) {
    return graph.node("Where", [graph.node("Cast", [condition], { to: 9 }), a, b]);
  },
  value: (condition, a, b) => (condition !== 0 ? a : b),
  gradient(g, [condition]) {
    const ga = where(condition, g, 0);
    return [undefined, ga, sub(g, ga)];
  },
  numbers: function where(condition, a, b) {
    let y = b;
    if (condition !== 0) y = a;
    return y;
  },
});

const maximumOp = elementwise("maximum", {
  onnx: "Max",
  value: Math.max,
  gradient(g, [a, b]) {
    const ga = mul(g, greater(a, b));
    return [ga, sub(g, ga)];
  },
  numbers: function maximum(a, b) {
    return Math.max(a, b);
  },
});

const minimumOp = elementwise("minimum", {
  onnx: "Min",
  value: Math.min,
  gradient(g, [a, b]) {
    const ga = mul(g, greater(b, a));
    return [ga, sub(g, ga)];
  },
  numbers: function minimum(a, b) {
    return Math.min(a, b);
  },
});

/** 1 where a > b, else 0. No gradient. */
export const greater = (a: Operand, b: Operand): Tensor => binary(greaterOp, a, b);
/** a where condition is not 0, else b. */
export const where = (condition: Operand, a: Operand, b: Operand): Tensor =>
  apply(whereOp, [tensor(condition), tensor(a), tensor(b)], {});
/** The larger of two; where they are equal the gradient goes to b. */
export const maximum = (a: Operand, b: Operand): Tensor => binary(maximumOp, a, b);
/** The smaller of two; where they are equal the gradient goes to b. */
export const minimum = (a: Operand, b: Operand): Tensor => binary(minimumOp, a, b);
/** x limited to [low, high]; no gradient outside. */
export const clip = (x: Operand, low: number, high: number): Tensor => {
  const inside = mul(greater(x, low), greater(high, x));
  return where(inside, x, where(greater(x, low), high, low));
};
