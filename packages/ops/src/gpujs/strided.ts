// The kernel of every op that only moves numbers: output cell -> one input cell, by strides.
import { strides } from "../shape.js";
import type { Shape } from "../tensor.js";
import { type Kernel, kernel } from "./kernel.js";

const MAX_AXES = 6;

interface Axis {
  readonly size: number;
  /** Input cells from one output coordinate to the next; 0 where the input repeats. */
  readonly step: number;
}

/** Axes without those of size 1, and with neighbours joined where one continues the other. */
function fewestAxes(shape: Shape, inputStrides: readonly number[]): Axis[] {
  const out: Axis[] = [];
  shape.forEach((size, i) => {
    const step = inputStrides[i];
    const outer = out.at(-1);
    if (size === 1) return;
    if (outer && outer.step === step * size) out[out.length - 1] = { size: outer.size * size, step };
    else out.push({ size, step });
  });
  return out;
}

/** Reads the input at offset + sum of (output coordinate * stride). */
export function stridedKernel(shape: Shape, inputStrides: readonly number[], offset = 0): Kernel {
  const axes = fewestAxes(shape, inputStrides);
  if (axes.length > MAX_AXES)
    throw new Error(
      `ops: gpujs: moving numbers along ${axes.length} axes at once (of [${shape}], expected at most ${MAX_AXES}); ` +
        "do it in two steps",
    );
  while (axes.length < MAX_AXES) axes.unshift({ size: 1, step: 0 });
  const cells = strides(axes.map(({ size }) => size));
  const constants: Record<string, number> = { offset };
  axes.forEach(({ step }, i) => {
    constants[`cells${i}`] = cells[i];
    constants[`step${i}`] = step;
  });
  return kernel(function strided(x) {
    // One coordinate after another, the outermost first; `rest` is what lies inside it.
    let rest = this.thread.x;
    let at = this.constants.offset;
    let i0 = Math.floor(rest / this.constants.cells0);
    if (i0 * this.constants.cells0 > rest) i0 -= 1;
    if ((i0 + 1) * this.constants.cells0 <= rest) i0 += 1;
    rest -= i0 * this.constants.cells0;
    at += i0 * this.constants.step0;
    let i1 = Math.floor(rest / this.constants.cells1);
    if (i1 * this.constants.cells1 > rest) i1 -= 1;
    if ((i1 + 1) * this.constants.cells1 <= rest) i1 += 1;
    rest -= i1 * this.constants.cells1;
    at += i1 * this.constants.step1;
    let i2 = Math.floor(rest / this.constants.cells2);
    if (i2 * this.constants.cells2 > rest) i2 -= 1;
    if ((i2 + 1) * this.constants.cells2 <= rest) i2 += 1;
    rest -= i2 * this.constants.cells2;
    at += i2 * this.constants.step2;
    let i3 = Math.floor(rest / this.constants.cells3);
    if (i3 * this.constants.cells3 > rest) i3 -= 1;
    if ((i3 + 1) * this.constants.cells3 <= rest) i3 += 1;
    rest -= i3 * this.constants.cells3;
    at += i3 * this.constants.step3;
    let i4 = Math.floor(rest / this.constants.cells4);
    if (i4 * this.constants.cells4 > rest) i4 -= 1;
    if ((i4 + 1) * this.constants.cells4 <= rest) i4 += 1;
    rest -= i4 * this.constants.cells4;
    at += i4 * this.constants.step4;
    return x[at + rest * this.constants.step5];
  }, constants);
}
