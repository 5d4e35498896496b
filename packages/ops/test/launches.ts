// The kernels that GPU.js runs for a program. The plan is not public, hence the imports from the built package.
import type { Program } from "@imagefn/ops";
import type { Kernel } from "../dist/gpujs/kernel.js";
import { plan } from "../dist/gpujs/plan.js";

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
    ...(kernel as Kernel),
    op: y.op.name,
    inputs: inputs.map(({ shape }) => shape.reduce((n, d) => n * d, 1)),
    threads,
  }));
