// The kernel of every op that only moves numbers: output cell -> one input cell, by strides.
import { strides } from "../shape.js";
import type { Shape } from "../tensor.js";
import { type Kernel, kernel } from "./kernel.js";

const MAX_RANK = 6;

/** Reads the input at offset + sum of (output coordinate * stride) over up to six axes. */
export function stridedKernel(shape: Shape, inputStrides: readonly number[], offset = 0): Kernel {
  if (shape.length > MAX_RANK)
    throw new Error(`ops: GPU.js kernels move tensors of at most ${MAX_RANK} axes (got ${shape.length})`);
  const missing = MAX_RANK - shape.length;
  const sizes = [...new Array<number>(missing).fill(1), ...shape];
  const steps = [...new Array<number>(missing).fill(0), ...inputStrides];
  const cells = strides(sizes);
  const constants: Record<string, number> = { offset };
  for (let axis = 0; axis < MAX_RANK; axis++) {
    constants[`n${axis}`] = sizes[axis];
    constants[`c${axis}`] = cells[axis];
    constants[`s${axis}`] = steps[axis];
  }
  return kernel(function strided(x) {
    const i = this.thread.x;
    let at = this.constants.offset;
    at += (Math.floor(i / this.constants.c0) % this.constants.n0) * this.constants.s0;
    at += (Math.floor(i / this.constants.c1) % this.constants.n1) * this.constants.s1;
    at += (Math.floor(i / this.constants.c2) % this.constants.n2) * this.constants.s2;
    at += (Math.floor(i / this.constants.c3) % this.constants.n3) * this.constants.s3;
    at += (Math.floor(i / this.constants.c4) % this.constants.n4) * this.constants.s4;
    at += (i % this.constants.n5) * this.constants.s5;
    return x[at];
  }, constants);
}
