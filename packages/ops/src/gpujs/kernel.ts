// What an op tells the GPU.js engine: a kernel function and its constants.

// Quotients in kernels. gpu.js divides whole numbers in float32, and WebGPU lets a division be off by 2.5 units in the
// last place: 55 / 55 is less than 1 on some devices, and its floor 0. Hence every quotient of an index is mended,
//   let q = Math.floor(i / n);
//   if (q * n > i) q -= 1;
//   if ((q + 1) * n <= i) q += 1;
// and remainders are i - q * n rather than i % n, for products and sums of such numbers are exact.

/**
 * A GPU.js kernel: a named `function` on flat arrays that returns the numbers of the thread `this.thread.x`.
 * It may use `this.constants`, and nothing from around it: gpu.js compiles its source text.
 */
// biome-ignore lint/suspicious/noExplicitAny: `this` and the arguments are given by gpu.js
export type KernelFunction = (this: any, ...arrays: any[]) => number | number[];

/** How many adjacent numbers of the output a thread returns; several as an array, which gpu.js makes a vector. */
export type Lanes = 1 | 2 | 4;

export interface Kernel {
  /** The text of the function. */
  readonly source: string;
  /** Numbers known when the graph is built: sizes, strides, loop bounds; those that are not whole are numbers anyway. */
  readonly constants: Readonly<Record<string, number>>;
  /** Constants that stay floats even where they are whole. */
  readonly floats: Readonly<Record<string, number>>;
  readonly lanes: Lanes;
}

/**
 * The text of a kernel, or of a function on numbers. tools/kernels.mjs notes it in what is published, because a minifier
 * changes functions; without that it is the function's own.
 */
export const textOf = (f: KernelFunction | ((...x: number[]) => number)): string =>
  (f as { readonly text?: string }).text ?? String(f);

/** A kernel with its constants, on inputs as they are. */
export const kernel = (
  source: KernelFunction,
  constants: Record<string, number>,
  lanes: Lanes = 1,
): Kernel => ({ source: textOf(source), constants, floats: {}, lanes });

/** The name of a kernel's function. */
export const nameOf = ({ source }: Kernel): string => /function\s+(\w+)/.exec(source)?.[1] ?? "kernel";
