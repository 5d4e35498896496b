// Rectified linear unit, max(x, 0).
import type { Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";
import { greater } from "./compare.js";
import { elementwise, unary } from "./elementwise.js";
import type { Operand } from "./source.js";

const reluOp = elementwise("relu", {
  onnx: "Relu",
  value: (x) => Math.max(x, 0),
  gradient: (g, _, y) => [mul(g, greater(y, 0))],
  numbers: function relu(x) {
    return Math.max(x, 0);
  },
});

/** max(x, 0); the gradient at 0 is 0. */
export const relu = (x: Operand): Tensor => unary(reluOp, x);
