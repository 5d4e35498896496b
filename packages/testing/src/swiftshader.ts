// Chromium's SwiftShader, a Vulkan driver in software, for WebGPU in Node where there is no GPU.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const CHROMIUM = "/usr/lib/chromium";
const driver = `${CHROMIUM}/vk_swiftshader_icd.json`;

/** Why WebGPU by SwiftShader is unavailable here; false where it works. */
export const noSwiftShader: string | false = existsSync(driver) ? false : `there is no ${driver}`;

/** The environment of a process that finds it; the loader of Vulkan lies beside the driver. */
export const swiftShader: NodeJS.ProcessEnv = {
  ...process.env,
  VK_ICD_FILENAMES: driver,
  LD_LIBRARY_PATH: CHROMIUM,
};

/**
 * Provides a WebGPU that does not clear workgroup memory before a kernel runs. SwiftShader takes most of a second to compile
 * the clearing of each tiled kernel, and kernels that read what they have not written show themselves.
 */
export async function quickWebgpu(): Promise<void> {
  const { resolve } = createRequire(fileURLToPath(import.meta.resolve("@imagefn/ops")));
  const { create } = await import(pathToFileURL(resolve("webgpu")).href);
  const gpu = create(["enable-dawn-features=disable_workgroup_init"]);
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
}
