// A kernel compiled by gpu.js for WebGPU, launched by ourselves. gpu.js would submit every launch on its own and allocate
// every result; here it is the compiler alone. This file knows what its kernels hold inside, in the version we depend on.
import type { Compiler } from "./compiler.js";
import { type Kernel, nameOf } from "./kernel.js";

/** What we use of gpu.js 2.24.1's WebGPUKernel. */
interface Built {
  build(...arrays: Float32Array[]): Promise<void>;
  readonly context: { readonly device: GPUDevice };
  readonly computePipeline: GPUComputePipeline;
  readonly bindGroupLayout: GPUBindGroupLayout;
  /** Sizes of the output, width of a row of threads, then for each array its sizes and length. */
  readonly paramsBuffer: GPUBuffer;
  readonly fallbackReason?: string;
  outputBuffer: GPUBuffer | null;
  _computeDispatch(threads: readonly number[]): { groups: [number, number, number]; dispatchWidth: number };
}

/** A kernel that can be launched. */
export interface DeviceKernel {
  /** The arrays of a launch, the output last: each from an offset, in bytes, of a buffer. */
  bind(arrays: readonly { readonly buffer: GPUBuffer; readonly offset: number }[]): GPUBindGroup;
  launch(pass: GPUComputePassEncoder, arrays: GPUBindGroup): void;
}

/** One by gpu.js, by which we know its device. */
export interface GpujsKernel extends DeviceKernel {
  readonly device: GPUDevice;
}

/** Compiles a kernel for arrays of these lengths. */
export async function deviceKernel(
  gpu: Compiler,
  kernel: Kernel,
  lengths: readonly number[],
  threads: number,
): Promise<GpujsKernel> {
  const built = gpu.compile(kernel, lengths.length, threads).kernel as unknown as Built;
  await built.build(...lengths.map(() => new Float32Array(1)));
  if (!built.computePipeline)
    throw new Error(`ops: gpujs:webgpu: kernel ${nameOf(kernel)} does not run here: ${built.fallbackReason}`);
  // It has made room for a result of its own.
  built.outputBuffer?.destroy();
  built.outputBuffer = null;
  const { device } = built.context;
  const { groups, dispatchWidth } = built._computeDispatch([threads, 1, 1]);
  const sizes = [...lengths, threads * kernel.lanes].map((numbers) => 4 * numbers);
  const parameters = [threads, 1, 1, dispatchWidth, ...lengths.flatMap((n) => [n, 1, 1, n])];
  device.queue.writeBuffer(built.paramsBuffer, 0, new Uint32Array(parameters));

  return {
    device,
    bind: (arrays) =>
      device.createBindGroup({
        layout: built.bindGroupLayout,
        entries: [
          { binding: 0, resource: { buffer: built.paramsBuffer } },
          ...arrays.map(({ buffer, offset }, i) => ({
            binding: i + 1,
            resource: { buffer, offset, size: sizes[i] },
          })),
        ],
      }),
    launch(pass, arrays) {
      pass.setPipeline(built.computePipeline);
      pass.setBindGroup(0, arrays);
      pass.dispatchWorkgroups(...groups);
    },
  };
}
