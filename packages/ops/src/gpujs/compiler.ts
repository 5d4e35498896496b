// Kernels compiled by gpu.js: the only file that loads it. tools/vendor.mjs says why it lies in this package.
import type { IGPUKernelSettings } from "../../vendor/gpu.js";
import type { Kernel } from "./kernel.js";
import { isTiled, type Tiled } from "./tiled.js";

/** Where kernels run: on a GPU through WebGPU, on the CPU as WebAssembly, or on the CPU as JavaScript. */
export type GpujsMode = "webgpu" | "webasm" | "cpu";

/** What gpu.js makes of a kernel: a function to call, with the kernel behind it. */
export interface Shortcut {
  (...arrays: Float32Array[]): unknown;
  readonly kernel: { readonly fallbackReason?: string };
}

export interface Compiler {
  /** The kernel for this many arrays and threads; made anew at every call. */
  compile(kernel: Kernel, arrays: number, threads: number): Shortcut;
  /** Frees every compiled kernel, with what it holds. */
  dispose(): Promise<void>;
}

/**
 * Loads gpu.js; for "webgpu", `provideWebgpu` must have run before.
 * @throws for "webasm" if there is no WebAssembly.
 */
export async function compiler(mode: GpujsMode): Promise<Compiler> {
  const { GPU } = await import("../../vendor/gpu.js");
  if (mode === "webasm" && !GPU.isWebAssemblySupported)
    throw new Error('ops: gpujs:webasm: there is no WebAssembly here; use "gpujs:cpu" instead');
  const gpu = new GPU({ mode: mode as "webgpu" });
  return {
    compile({ source, constants, floats }, arrays, threads) {
      const type = (value: number) => (Number.isInteger(value) ? "Integer" : "Number");
      const settings = {
        output: [threads],
        constants: { ...constants, ...floats },
        constantTypes: {
          ...Object.fromEntries(Object.entries(constants).map(([name, value]) => [name, type(value)])),
          ...Object.fromEntries(Object.keys(floats).map((name) => [name, "Float"])),
        },
        argumentTypes: new Array<string>(arrays).fill("Array"),
        precision: "single",
        pipeline: mode === "webgpu",
      };
      // gpu.js's types know only one of the two forms of argumentTypes.
      return gpu.createKernel(source, settings as unknown as IGPUKernelSettings) as unknown as Shortcut;
    },
    async dispose() {
      await gpu.destroy();
    },
  };
}

/** Equal kernels of equal sizes have equal keys. */
export const keyOf = (kernel: Kernel | Tiled, lengths: readonly number[], threads: number) =>
  isTiled(kernel)
    ? JSON.stringify([kernel.wgsl, kernel.groups, lengths])
    : JSON.stringify([kernel.source, kernel.constants, kernel.floats, lengths, threads]);
