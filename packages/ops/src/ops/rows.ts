// Statistics of rows, one thread for each: what softmax and the normalisations become on GPU.js, where each number of a
// row would else go over the whole row again. They stand in for ops with gradients and ONNX nodes of their own.
import { kernel } from "../gpujs/kernel.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { slice } from "./slice.js";
import { notLowered } from "./source.js";

const replaced = (name: string) => ({
  name,
  gradient: notLowered(name, "stands in for an op that has a gradient"),
  onnx: notLowered(name, "is for GPU.js alone"),
});

const logSumExpOp: Op = {
  ...replaced("logSumExp"),
  shape: ([x]) => [...x.slice(0, -1), 1],
  kernel: ({ inputs: [x] }) =>
    kernel(
      function logSumExp(x) {
        const start = this.thread.x * this.constants.n;
        let largest = x[start];
        for (let k = 1; k < this.constants.n; k++) {
          largest = Math.max(largest, x[start + k]);
        }
        let total = 0;
        for (let k = 0; k < this.constants.n; k++) {
          total += Math.exp(x[start + k] - largest);
        }
        return largest + Math.log(total);
      },
      { n: x.shape[x.shape.length - 1] },
    ),
};

const momentsOp: Op<{ readonly eps: number }> = {
  ...replaced("moments"),
  shape: ([x]) => [...x.slice(0, -1), 2],
  kernel: ({ inputs: [x], attrs: { eps } }) =>
    kernel(
      function moments(x) {
        const start = this.thread.x * this.constants.n;
        let total = 0;
        for (let k = 0; k < this.constants.n; k++) {
          total += x[start + k];
        }
        const average = total / this.constants.n;
        let squares = 0;
        for (let k = 0; k < this.constants.n; k++) {
          squares += (x[start + k] - average) * (x[start + k] - average);
        }
        return [average, 1 / Math.sqrt(squares / this.constants.n + this.constants.eps)];
      },
      { n: x.shape[x.shape.length - 1], eps },
      2,
    ),
};

/** log sum exp(x) over the last axis, kept with size 1. */
export const logSumExp = (x: Tensor): Tensor => apply(logSumExpOp, [x], {});

/** The mean and 1 / sqrt(variance + eps) over the last axis, each kept with size 1, in one pass. */
export function moments(x: Tensor, eps: number): { mean: Tensor; inverseStd: Tensor } {
  const both = apply(momentsOp, [x], { eps });
  return { mean: slice(both, -1, 0, 1), inverseStd: slice(both, -1, 1, 1) };
}
