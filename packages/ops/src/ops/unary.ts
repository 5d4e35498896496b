// Functions of one number.
import type { Tensor } from "../tensor.js";
import { div, mul, sub } from "./arithmetic.js";
import { greater } from "./compare.js";
import { elementwise, unary } from "./elementwise.js";
import type { Operand } from "./source.js";

const negOp = elementwise("neg", {
  onnx: "Neg",
  value: (x) => -x,
  gradient: (g) => [neg(g)],
  kernel: function neg(x) {
    return -x[this.thread.x];
  },
});

const absOp = elementwise("abs", {
  onnx: "Abs",
  value: Math.abs,
  gradient: (g, [x]) => [mul(g, sub(greater(x, 0), greater(0, x)))],
  kernel: function abs(x) {
    return Math.abs(x[this.thread.x]);
  },
});

const squareOp = elementwise("square", {
  onnx: (graph, [x]) => graph.node("Mul", [x, x]),
  value: (x) => x * x,
  gradient: (g, [x]) => [mul(g, mul(x, 2))],
  kernel: function square(x) {
    return x[this.thread.x] * x[this.thread.x];
  },
});

const sqrtOp = elementwise("sqrt", {
  onnx: "Sqrt",
  value: Math.sqrt,
  gradient: (g, _, y) => [div(mul(g, 0.5), y)],
  kernel: function sqrt(x) {
    return Math.sqrt(x[this.thread.x]);
  },
});

const expOp = elementwise("exp", {
  onnx: "Exp",
  value: Math.exp,
  gradient: (g, _, y) => [mul(g, y)],
  kernel: function exp(x) {
    return Math.exp(x[this.thread.x]);
  },
});

const logOp = elementwise("log", {
  onnx: "Log",
  value: Math.log,
  gradient: (g, [x]) => [div(g, x)],
  kernel: function log(x) {
    return Math.log(x[this.thread.x]);
  },
});

const sinOp = elementwise("sin", {
  onnx: "Sin",
  value: Math.sin,
  gradient: (g, [x]) => [mul(g, cos(x))],
  kernel: function sin(x) {
    return Math.sin(x[this.thread.x]);
  },
});

const cosOp = elementwise("cos", {
  onnx: "Cos",
  value: Math.cos,
  gradient: (g, [x]) => [neg(mul(g, sin(x)))],
  kernel: function cos(x) {
    return Math.cos(x[this.thread.x]);
  },
});

const tanhOp = elementwise("tanh", {
  onnx: "Tanh",
  value: Math.tanh,
  gradient: (g, _, y) => [mul(g, sub(1, square(y)))],
  kernel: function tanh(x) {
    return Math.tanh(x[this.thread.x]);
  },
});

const sigmoidOp = elementwise("sigmoid", {
  onnx: "Sigmoid",
  value: (x) => 1 / (1 + Math.exp(-x)),
  gradient: (g, _, y) => [mul(g, mul(y, sub(1, y)))],
  kernel: function sigmoid(x) {
    return 1 / (1 + Math.exp(-x[this.thread.x]));
  },
});

export const neg = (x: Operand): Tensor => unary(negOp, x);
/** |x|; the gradient at 0 is 0. */
export const abs = (x: Operand): Tensor => unary(absOp, x);
export const square = (x: Operand): Tensor => unary(squareOp, x);
export const sqrt = (x: Operand): Tensor => unary(sqrtOp, x);
export const exp = (x: Operand): Tensor => unary(expOp, x);
export const log = (x: Operand): Tensor => unary(logOp, x);
export const sin = (x: Operand): Tensor => unary(sinOp, x);
export const cos = (x: Operand): Tensor => unary(cosOp, x);
export const tanh = (x: Operand): Tensor => unary(tanhOp, x);
export const sigmoid = (x: Operand): Tensor => unary(sigmoidOp, x);
