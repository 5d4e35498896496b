// How a kernel is launched and where arrays live: the only file that calls gpu.js.
import type { IGPUKernelSettings } from "gpu.js";
import { type Kernel, kernel } from "./kernel.js";

export type GpujsMode = "webgpu" | "webasm" | "cpu";

/** A result that stays on the device: gpu.js's handle of a WebGPU buffer. */
interface DeviceBuffer {
  readonly output: readonly number[];
  toArray(): Promise<Float32Array>;
  delete(): void;
}

/** Numbers where kernels read them: on the device with WebGPU, else on the host. Never written again once made. */
export type Resident = Float32Array | DeviceBuffer;

export interface Launcher {
  /** A resident copy of host data. */
  upload(data: Float32Array): Promise<Resident>;
  /** A copy on the host. */
  download(x: Resident): Promise<Float32Array>;
  /** `size` numbers of a kernel. Each distinct (source, constants, sizes) is compiled once. */
  launch(kernel: Kernel, inputs: readonly Resident[], size: number): Promise<Resident>;
  /** Frees the device memory of each. */
  release(arrays: Iterable<Resident>): void;
  /** Frees every compiled kernel, with what it holds. */
  dispose(): Promise<void>;
}

type Run = (...inputs: Resident[]) => Promise<Resident>;

const lengthOf = (x: Resident): number => (x instanceof Float32Array ? x.length : x.output[0]);

/** Uploads by being run: it reads an array from the host and leaves its result on the device. */
const copy = kernel(function copy(x) {
  return x[this.thread.x];
}, {});

/** Loads gpu.js and makes a launcher; for "webgpu", `provideWebgpu` must have run before. */
export async function launcher(mode: GpujsMode): Promise<Launcher> {
  const loaded = await import("gpu.js");
  // Bundlers differ in what they make of a CommonJS module.
  const { GPU } = loaded.GPU ? loaded : (loaded as unknown as { default: typeof loaded }).default;
  if (mode === "webasm" && !GPU.isWebAssemblySupported)
    throw new Error('ops: gpujs:webasm: there is no WebAssembly here; use "gpujs:cpu" instead');
  const gpu = new GPU({ mode: mode as "webgpu" });
  const onDevice = mode === "webgpu";
  const kernels = new Map<string, Run>();

  function compile({ source, constants }: Kernel, inputs: number, size: number): Run {
    const settings = {
      output: [size],
      constants,
      // Said beforehand: gpu.js would take the type of the first argument, host array or device buffer, for good.
      argumentTypes: new Array<string>(inputs).fill("Array"),
      precision: "single",
      // A result of its own for each launch, left on the device.
      pipeline: onDevice,
      immutable: onDevice,
    };
    // gpu.js's types know only one of the two forms of argumentTypes.
    const shortcut = gpu.createKernel(String(source), settings as unknown as IGPUKernelSettings);
    return async (...arrays) => {
      const result = await (shortcut as unknown as Run)(...arrays);
      const { fallbackReason } = shortcut.kernel;
      if (fallbackReason)
        throw new Error(`ops: gpujs:${mode}: kernel ${source.name} does not run here: ${fallbackReason}`);
      return result;
    };
  }

  function launch(what: Kernel, inputs: readonly Resident[], size: number): Promise<Resident> {
    const key = JSON.stringify([String(what.source), what.constants, inputs.map(lengthOf), size]);
    let run = kernels.get(key);
    if (!run) {
      run = compile(what, inputs.length, size);
      kernels.set(key, run);
    }
    return run(...inputs);
  }

  return {
    launch,
    upload: async (data) => (onDevice ? launch(copy, [data], data.length) : data.slice()),
    download: async (x) => (x instanceof Float32Array ? x.slice() : x.toArray()),
    release(arrays) {
      for (const x of arrays) if (!(x instanceof Float32Array)) x.delete();
    },
    async dispose() {
      kernels.clear();
      await gpu.destroy();
    },
  };
}
