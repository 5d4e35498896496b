// Chromium's SwiftShader, a Vulkan driver in software, for WebGPU in Node where there is no GPU.
import { existsSync } from "node:fs";

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
