// Functions of one number.
import { sine } from "../lowering/sine.js";
import type { Tensor } from "../tensor.js";
import { div, mul, neg, sub } from "./arithmetic.js";
import { greater } from "./compare.js";
import { elementwise, unary } from "./elementwise.js";
import type { Operand } from "./source.js";

const absOp = elementwise("abs", {
  onnx: "Abs",
  value: Math.abs,
  gradient: (g, [x]) => [mul(g, sub(greater(x, 0), greater(0, x)))],
  numbers: function abs(x) {
    return Math.abs(x);
  },
});

const squareOp = elementwise("square", {
  onnx: (graph, [x]) => graph.node("Mul", [x, x]),
  value: (x) => x * x,
  gradient: (g, [x]) => [mul(g, mul(x, 2))],
  numbers: function square(x) {
    return x * x;
  },
});

const sqrtOp = elementwise("sqrt", {
  onnx: "Sqrt",
  value: Math.sqrt,
  gradient: (g, _, y) => [div(mul(g, 0.5), y)],
  numbers: function sqrt(x) {
    return Math.sqrt(x);
  },
});

const expOp = elementwise("exp", {
  onnx: "Exp",
  value: Math.exp,
  gradient: (g, _, y) => [mul(g, y)],
  numbers: function exp(x) {
    return Math.exp(x);
  },
});

const logOp = elementwise("log", {
  onnx: "Log",
  value: Math.log,
  gradient: (g, [x]) => [div(g, x)],
  numbers: function log(x) {
    return Math.log(x);
  },
});

const sinOp = elementwise("sin", {
  onnx: (graph, [x]) => (graph.webgpu ? sine(graph, x) : graph.node("Sin", [x])),
  value: Math.sin,
  gradient: (g, [x]) => [mul(g, cos(x))],
  // WebGPU allows its own sin an error of 2^-11 and more. Here x = k pi + r, with pi in three parts whose products with
  // k are exact, and sin r by the polynomial 4.3.97 of Abramowitz & Stegun: |error| <= 1.5e-7 for |x| up to 10^4.
  numbers: function sin(v) {
    const k = Math.floor(v * 0.3183098861837907 + 0.5);
    const r = v - k * 3.140625 - k * 9.675025939941406e-4 - k * 1.5099579909783765e-7;
    const s = r * r;
    let y = 2.7526e-6 - s * 2.39e-8;
    y = 0.0083333315 + s * (s * y - 1.98409e-4);
    y = r + r * s * (s * y - 0.1666666664);
    if (k - 2 * Math.floor(k * 0.5) > 0.5) y = -y;
    return y;
  },
});

const cosOp = elementwise("cos", {
  onnx: (graph, [x]) => (graph.webgpu ? sine(graph, x, { cosine: true }) : graph.node("Cos", [x])),
  value: Math.cos,
  gradient: (g, [x]) => [neg(mul(g, sin(x)))],
  // As sin, with x = (k + 1/2) pi + r.
  numbers: function cos(v) {
    const k = Math.floor(v * 0.3183098861837907);
    const h = k + 0.5;
    const r = v - h * 3.140625 - h * 9.675025939941406e-4 - h * 1.5099579909783765e-7;
    const s = r * r;
    let y = 2.7526e-6 - s * 2.39e-8;
    y = 0.0083333315 + s * (s * y - 1.98409e-4);
    y = r + r * s * (s * y - 0.1666666664);
    if (k - 2 * Math.floor(k * 0.5) < 0.5) y = -y;
    return y;
  },
});

const tanhOp = elementwise("tanh", {
  onnx: "Tanh",
  value: Math.tanh,
  gradient: (g, _, y) => [mul(g, sub(1, square(y)))],
  // WebGPU allows its own tanh an error of 1e-5, and lets it overflow.
  numbers: function tanh(v) {
    const u = Math.min(Math.abs(v), 10);
    const s = u * u;
    let y = 1 - 2 / (Math.exp(2 * u) + 1);
    if (u < 0.2) y = u - u * s * (0.33333333333 - s * (0.13333333333 - s * 0.05396825397));
    if (v < 0) y = -y;
    return y;
  },
});

const sigmoidOp = elementwise("sigmoid", {
  onnx: "Sigmoid",
  value: (x) => 1 / (1 + Math.exp(-x)),
  gradient: (g, _, y) => [mul(g, mul(y, sub(1, y)))],
  // The limit keeps exp finite: WebGPU promises nothing about infinities.
  numbers: function sigmoid(x) {
    return 1 / (1 + Math.exp(Math.min(-x, 80)));
  },
});

/** |x|; the gradient at 0 is 0. */
export const abs = (x: Operand): Tensor => unary(absOp, x);
/** x^2 */
export const square = (x: Operand): Tensor => unary(squareOp, x);
/** The square root; NaN below 0, and its gradient at 0 is infinite. */
export const sqrt = (x: Operand): Tensor => unary(sqrtOp, x);
/** e^x */
export const exp = (x: Operand): Tensor => unary(expOp, x);
/** The natural logarithm; NaN below 0. */
export const log = (x: Operand): Tensor => unary(logOp, x);
/** The sine of x radians. */
export const sin = (x: Operand): Tensor => unary(sinOp, x);
/** The cosine of x radians. */
export const cos = (x: Operand): Tensor => unary(cosOp, x);
/** The hyperbolic tangent, in [-1, 1]. */
export const tanh = (x: Operand): Tensor => unary(tanhOp, x);
/** 1 / (1 + exp(-x)), in [0, 1]. */
export const sigmoid = (x: Operand): Tensor => unary(sigmoidOp, x);
