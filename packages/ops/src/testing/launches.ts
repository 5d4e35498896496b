// The kernels that GPU.js runs for a program, for tests and for reading.
import type { Kernel } from "../gpujs/kernel.js";
import { plan } from "../gpujs/plan.js";
import type { Program } from "../program.js";
import { size } from "../shape.js";

export interface Launch extends Kernel {
  /** The op whose array it fills, the last one of a chain. */
  readonly op: string;
  /** How many numbers each array holds that it reads. */
  readonly inputs: readonly number[];
  readonly threads: number;
}

/** Each kernel of one run, in order, before those that update state alike are launched as one. */
export const launches = ({ next, outputs }: Program): Launch[] =>
  plan([...next.values(), ...outputs.values()]).steps.map(({ y, kernel, inputs, threads }) => ({
    ...kernel,
    op: y.op.name,
    inputs: inputs.map(({ shape }) => size(shape)),
    threads,
  }));
