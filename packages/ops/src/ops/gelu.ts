// Gaussian error linear unit in both its forms (Hendrycks & Gimpel 2016).
import type { Tensor } from "../tensor.js";
import { add, mul, sub } from "./arithmetic.js";
import { elementwise, unary } from "./elementwise.js";
import { erf, erfOf } from "./erf.js";
import type { Operand } from "./source.js";
import { exp, sigmoid, square } from "./unary.js";

const K = Math.sqrt(2 / Math.PI);
const C = 0.044715;

/** 0.5 x (1 + erf(x / sqrt 2)) = x Phi(x); derivative Phi(x) + x phi(x). */
const geluErfOp = elementwise("geluErf", {
  onnx: "Gelu",
  onnxAttrs: { approximate: "none" },
  value: (x) => 0.5 * x * (1 + erfOf(x * Math.SQRT1_2)),
  gradient(g, [x]) {
    const cumulative = add(0.5, mul(0.5, erf(mul(x, Math.SQRT1_2))));
    const density = mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return [mul(g, add(cumulative, mul(x, density)))];
  },
  numbers: function geluErf(v) {
    const u = Math.abs(v) * 0.7071067811865476;
    const t = 1 / (1 + 0.3275911 * u);
    const p =
      t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    let e = 1 - p * Math.exp(-u * u);
    if (v < 0) e = -e;
    return 0.5 * v * (1 + e);
  },
});

/**
 * 0.5 x (1 + tanh(K (x + C x^3))), written with s = sigmoid(2 K (x + C x^3)) as x s, since 1 + tanh(u) = 2 sigmoid(2u):
 * the derivative s + x s (1 - s) 2 K (1 + 3 C x^2) then needs no second transcendental.
 */
const geluTanhOp = elementwise("geluTanh", {
  onnx: "Gelu",
  onnxAttrs: { approximate: "tanh" },
  value: (x) => 0.5 * x * (1 + Math.tanh(K * (x + C * x ** 3))),
  gradient(g, [x]) {
    const x2 = square(x);
    const s = sigmoid(mul(x, add(mul(x2, 2 * K * C), 2 * K)));
    const slope = mul(x, add(mul(x2, 6 * K * C), 2 * K));
    return [mul(g, mul(s, add(1, mul(sub(1, s), slope))))];
  },
  numbers: function geluTanh(v) {
    return v / (1 + Math.exp(Math.min(-1.5957691216057308 * (v + 0.044715 * v * v * v), 80)));
  },
});

/** The exact form, with erf. */
export const gelu = (x: Operand): Tensor => unary(geluErfOp, x);
/** The tanh approximation. */
export const geluTanh = (x: Operand): Tensor => unary(geluTanhOp, x);
