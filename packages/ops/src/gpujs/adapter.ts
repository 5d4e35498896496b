// Finds WebGPU: browsers have it, Node gets it from the optional package `webgpu`.
import { load } from "../optionalPackage.js";
import { type AdapterInfo, adapterInProcess } from "./adapterProcess.js";

/** What WebGPU reaches here. */
export interface Adapter {
  /** As in "nvidia ampere (NVIDIA GeForce RTX 3060)". */
  readonly name: string;
  /** Whether a CPU does its work, as with SwiftShader and llvmpipe. */
  readonly software: boolean;
}

/** Why there is no adapter, and what would give one. */
export interface Missing {
  readonly missing: string;
  readonly remedy: string;
}

/** The WebGPU of this place: the browser's, or that of the package. */
async function findWebgpu(): Promise<GPU | Missing> {
  if (globalThis.navigator?.gpu) return globalThis.navigator.gpu;
  if (!globalThis.process?.versions?.node)
    return {
      missing: "this browser has no navigator.gpu",
      remedy: "use a newer browser, or serve the page over https or from localhost",
    };
  const found = await load("webgpu", (webgpu: { create(options: readonly string[]): GPU }) =>
    webgpu.create([]),
  );
  if (!("problem" in found)) return found;
  return { missing: `the package webgpu ${found.problem}`, remedy: `run "${found.remedy}"` };
}

const NO_ADAPTER: Missing = {
  missing: "WebGPU finds no adapter here",
  remedy: "install the driver of a GPU, with Vulkan, Metal or Direct3D 12 (on Linux also libvulkan1)",
};

async function adapterOf(gpu: GPU): Promise<Adapter | Missing> {
  const adapter = await gpu.requestAdapter();
  return adapter ? described(adapter.info) : NO_ADAPTER;
}

function described({ vendor, architecture, description, isFallbackAdapter }: AdapterInfo): Adapter {
  const name = `${vendor} ${architecture}`.trim() + (description ? ` (${description})` : "");
  return { name, software: isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(name) };
}

const BROKEN: Missing = {
  missing: "WebGPU crashes or does not answer here",
  remedy: "update the driver of the GPU",
};

/** Looks for an adapter. Prints nothing and changes nothing. */
export async function findAdapter(): Promise<Adapter | Missing> {
  if (!(await mayHaveDriver())) return NO_ADAPTER;
  if (!globalThis.navigator?.gpu && globalThis.process?.versions?.node) {
    const found = await adapterInProcess();
    if (found === "broken") return BROKEN;
    if (found !== undefined) return found ? described(found) : NO_ADAPTER;
  }
  const gpu = await findWebgpu();
  return "missing" in gpu ? gpu : adapterOf(gpu);
}

/**
 * Puts WebGPU where gpu.js looks for it, `navigator.gpu`, unless it is there already.
 * @throws with the reason and what to do where there is no adapter.
 */
export async function provideWebgpu(): Promise<void> {
  const gpu = await findWebgpu();
  const found = "missing" in gpu ? gpu : await adapterOf(gpu);
  if ("missing" in gpu || "missing" in found) {
    const { missing, remedy } = found as Missing;
    throw new Error(`ops: gpujs:webgpu: ${missing}; ${remedy}, or use the engine "onnx" or "gpujs:webasm"`);
  }
  const { navigator } = globalThis;
  if (!navigator) Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  else if (!navigator.gpu) Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
}

/** False on a Linux without any Vulkan driver, where asking for an adapter would only print warnings. */
async function mayHaveDriver(): Promise<boolean> {
  if (globalThis.navigator?.gpu || globalThis.process?.platform !== "linux") return true;
  const { env } = globalThis.process;
  if (env.VK_DRIVER_FILES || env.VK_ADD_DRIVER_FILES || env.VK_ICD_FILENAMES) return true;
  const { existsSync } = globalThis.process.getBuiltinModule("node:fs");
  return [
    "/usr/share",
    "/usr/local/share",
    "/etc",
    "/run/opengl-driver/share",
    `${env.HOME}/.local/share`,
  ].some((folder) => existsSync(`${folder}/vulkan/icd.d`));
}
