// Sum, difference, product, quotient, larger and smaller of two, with broadcasting.
import type { Tensor } from "../tensor.js";
import { greater } from "./compare.js";
import { binary, elementwise } from "./elementwise.js";
import type { Operand } from "./source.js";
import { neg } from "./unary.js";

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

export const add = (a: Operand, b: Operand): Tensor => binary(addOp, a, b);
export const sub = (a: Operand, b: Operand): Tensor => binary(subOp, a, b);
export const mul = (a: Operand, b: Operand): Tensor => binary(mulOp, a, b);
export const div = (a: Operand, b: Operand): Tensor => binary(divOp, a, b);
/** The larger of two; where they are equal the gradient goes to b. */
export const maximum = (a: Operand, b: Operand): Tensor => binary(maximumOp, a, b);
/** The smaller of two; where they are equal the gradient goes to b. */
export const minimum = (a: Operand, b: Operand): Tensor => binary(minimumOp, a, b);
