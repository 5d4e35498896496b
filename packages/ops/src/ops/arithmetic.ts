// Sum, difference, product and quotient of two, with broadcasting, and the negative of one.
import type { Tensor } from "../tensor.js";
import { binary, elementwise, unary } from "./elementwise.js";
import type { Operand } from "./source.js";

export const addOp = elementwise("add", {
  onnx: "Add",
  value: (a, b) => a + b,
  gradient: (g) => [g, g],
  numbers: function add(a, b) {
    return a + b;
  },
});

export const subOp = elementwise("sub", {
  onnx: "Sub",
  value: (a, b) => a - b,
  gradient: (g) => [g, neg(g)],
  numbers: function sub(a, b) {
    return a - b;
  },
});

export const mulOp = elementwise("mul", {
  onnx: "Mul",
  value: (a, b) => a * b,
  gradient: (g, [a, b]) => [mul(g, b), mul(g, a)],
  numbers: function mul(a, b) {
    return a * b;
  },
});

export const divOp = elementwise("div", {
  onnx: "Div",
  value: (a, b) => a / b,
  gradient(g, [, b], y) {
    const ga = div(g, b);
    return [ga, neg(mul(ga, y))];
  },
  numbers: function div(a, b) {
    return a / b;
  },
});

const negOp = elementwise("neg", {
  onnx: "Neg",
  value: (x) => -x,
  gradient: (g) => [neg(g)],
  numbers: function neg(x) {
    return -x;
  },
});

/** a + b. Shapes broadcast by numpy's rules. @throws if the shapes do not broadcast, as all four do */
export const add = (a: Operand, b: Operand): Tensor => binary(addOp, a, b);
/** a - b. Shapes broadcast by numpy's rules. */
export const sub = (a: Operand, b: Operand): Tensor => binary(subOp, a, b);
/** a b, cell by cell. Shapes broadcast by numpy's rules. */
export const mul = (a: Operand, b: Operand): Tensor => binary(mulOp, a, b);
/** a / b, cell by cell. Shapes broadcast by numpy's rules. */
export const div = (a: Operand, b: Operand): Tensor => binary(divOp, a, b);
/** -x */
export const neg = (x: Operand): Tensor => unary(negOp, x);
