// WebGPU where it is to be had: in browsers by itself, in Node through the optional package `webgpu`.

export interface Adapter {
  /** As in "nvidia ampere (NVIDIA GeForce RTX 3060)". */
  readonly name: string;
  /** Whether a CPU does its work, as with SwiftShader and llvmpipe. */
  readonly software: boolean;
}

const INSTEAD = 'use the engine "onnx" or "gpujs:webasm" instead';

/**
 * The adapter that gpu.js will find. In Node this puts a `gpu` on `navigator`, which is where gpu.js looks.
 * @throws with the reason and what to do where there is none.
 */
export async function webgpuAdapter(): Promise<Adapter> {
  if (!globalThis.navigator?.gpu) await provideInNode();
  const adapter = await globalThis.navigator.gpu.requestAdapter();
  if (!adapter)
    throw new Error(
      "ops: gpujs:webgpu: there is WebGPU here but no adapter for it (expected a GPU with a Vulkan, Metal or " +
        `Direct3D 12 driver); install the GPU's driver (on Linux also libvulkan1), or ${INSTEAD}`,
    );
  const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
  const name = `${vendor} ${architecture}`.trim() + (description ? ` (${description})` : "");
  return { name, software: isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(name) };
}

async function provideInNode(): Promise<void> {
  if (typeof process === "undefined" || !process.versions?.node)
    throw new Error(
      "ops: gpujs:webgpu: this browser has no WebGPU (navigator.gpu is missing); take a newer one, serve the page " +
        `over https or from localhost, or ${INSTEAD}`,
    );
  // Not a literal, so that bundlers for browsers do not follow it.
  const name = "webgpu";
  const { create } = await import(name).catch((error: Error) => {
    throw new Error(
      `ops: gpujs:webgpu: the package "webgpu" did not load (${error.message.split("\n")[0]}); ` +
        `run "npm install webgpu@0.6.2", or ${INSTEAD}`,
    );
  });
  const gpu: GPU = create([]);
  if (globalThis.navigator)
    Object.defineProperty(globalThis.navigator, "gpu", { value: gpu, configurable: true });
  else Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
}
