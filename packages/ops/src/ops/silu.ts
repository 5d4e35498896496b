// Sigmoid linear unit (swish), x * sigmoid(x).
import type { Tensor } from "../tensor.js";
import { add, mul, sub } from "./arithmetic.js";
import { elementwise, unary } from "./elementwise.js";
import type { Operand } from "./source.js";
import { sigmoid } from "./unary.js";

const siluOp = elementwise("silu", {
  onnx: (graph, [x]) =>
    graph.portable
      ? graph.node("Mul", [x, graph.node("Sigmoid", [x])])
      : graph.node("QuickGelu", [x], { alpha: { float: 1 } }, { domain: "com.microsoft" }),
  value: (x) => x / (1 + Math.exp(-x)),
  // s + x s (1 - s) = s + y (1 - s)
  gradient(g, [x], y) {
    const s = sigmoid(x);
    return [mul(g, add(s, mul(y, sub(1, s))))];
  },
  numbers: function silu(x) {
    return x / (1 + Math.exp(Math.min(-x, 80)));
  },
});

/** The sigmoid linear unit (swish), x / (1 + exp(-x)). */
export const silu = (x: Operand): Tensor => unary(siluOp, x);
