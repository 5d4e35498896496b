// What an op tells the GPU.js engine: a kernel function, its constants, and how its inputs are laid out.

// Quotients in kernels. gpu.js divides whole numbers in float32, and WebGPU lets a division be off by 2.5 units in the
// last place: 55 / 55 is less than 1 on some devices, and its floor 0. Hence every quotient of an index is mended,
//   let q = Math.floor(i / n);
//   if (q * n > i) q -= 1;
//   if ((q + 1) * n <= i) q += 1;
// and remainders are i - q * n rather than i % n, for products and sums of such numbers are exact.

/**
 * A GPU.js kernel: a named `function` on flat arrays that returns the number at `this.thread.x` of its output.
 * It may use `this.constants`, and nothing from around it: gpu.js compiles its source text.
 */
// biome-ignore lint/suspicious/noExplicitAny: `this` and the arguments are given by gpu.js
export type KernelFunction = (this: any, ...arrays: any[]) => number;

export interface Kernel {
  readonly source: KernelFunction;
  /** Numbers known when the graph is built: sizes, strides, loop bounds. */
  readonly constants: Readonly<Record<string, number>>;
  /** The engine first repeats inputs to the shape of the output. */
  readonly broadcasts: boolean;
}

/** A kernel whose inputs are read at `this.thread.x`, after broadcasting. */
export const elementwiseKernel = (source: KernelFunction): Kernel => ({
  source,
  constants: {},
  broadcasts: true,
});

/** A kernel with its constants, on inputs as they are. */
export const kernel = (source: KernelFunction, constants: Record<string, number>): Kernel => ({
  source,
  constants,
  broadcasts: false,
});
