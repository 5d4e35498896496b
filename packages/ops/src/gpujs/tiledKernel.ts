// A tiled kernel on the device that gpu.js has opened.
import type { DeviceKernel } from "./deviceKernel.js";
import type { Tiled } from "./tiled.js";

/** Compiles a tiled kernel for arrays of these lengths, the result last. @throws what WebGPU finds wrong with it. */
export async function tiledKernel(
  device: GPUDevice,
  { wgsl, groups }: Tiled,
  lengths: readonly number[],
): Promise<DeviceKernel> {
  const pipeline = await device.createComputePipelineAsync({
    layout: "auto",
    compute: { module: device.createShaderModule({ code: wgsl }) },
  });
  const layout = pipeline.getBindGroupLayout(0);
  return {
    bind: (arrays) =>
      device.createBindGroup({
        layout,
        entries: arrays.map(({ buffer, offset }, i) => ({
          binding: i,
          resource: { buffer, offset, size: 4 * lengths[i] },
        })),
      }),
    launch(pass, arrays) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, arrays);
      pass.dispatchWorkgroups(...groups);
    },
  };
}
