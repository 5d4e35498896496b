// The error function, erf(x) = 2/sqrt(pi) * integral of exp(-u^2) from 0 to x.
import type { Tensor } from "../tensor.js";
import { mul, neg } from "./arithmetic.js";
import { elementwise, unary } from "./elementwise.js";
import type { Operand } from "./source.js";
import { exp, square } from "./unary.js";

/** erf by the rational approximation 7.1.26 of Abramowitz & Stegun, |error| <= 1.5e-7. */
export function erfOf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - p * Math.exp(-x * x));
}

const erfOp = elementwise("erf", {
  onnx: "Erf",
  value: erfOf,
  gradient: (g, [x]) => [mul(g, mul(2 / Math.sqrt(Math.PI), exp(neg(square(x)))))],
  // gpu.js has no erf: the same approximation.
  numbers: function erf(v) {
    const t = 1 / (1 + 0.3275911 * Math.abs(v));
    const p =
      t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    let y = 1 - p * Math.exp(-v * v);
    if (v < 0) y = -y;
    return y;
  },
});

/** The error function, 2/sqrt(pi) times the integral of exp(-u^2) from 0 to x; on GPU.js within 1.5e-7. */
export const erf = (x: Operand): Tensor => unary(erfOp, x);
