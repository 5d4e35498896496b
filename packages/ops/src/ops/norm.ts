// Lengths of vectors.
import type { Tensor } from "../tensor.js";
import { div } from "./arithmetic.js";
import { maximum } from "./compare.js";
import { sum } from "./reduce.js";
import { sqrt, square } from "./unary.js";

/** x / max(||x||_2, eps) over one axis. */
export const normalizeL2 = (x: Tensor, axis: number, eps = 1e-12): Tensor =>
  div(x, sqrt(maximum(sum(square(x), [axis], { keepDims: true }), eps * eps)));
