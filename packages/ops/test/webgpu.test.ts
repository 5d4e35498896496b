// GPU.js on WebGPU: the golden vectors and agreement on every op, where there is an adapter.
// Without one this starts itself again with Chromium's SwiftShader, a Vulkan driver in software, if that is installed.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Engine, gpujsEngine, onnxEngine } from "@imagefn/ops";
import t from "tap";
import { testAgreement, testGolden, testLarge } from "./everyOp.js";
import { testPrograms } from "./programs.js";

// A driver in software compiles some five hundred kernels at ten milliseconds and more each.
const timeout = 240_000;
t.setTimeout(timeout);

const CHROMIUM = "/usr/lib/chromium";
const driver = `${CHROMIUM}/vk_swiftshader_icd.json`;

const engine: Engine | Error = await gpujsEngine({ mode: "webgpu" }).catch((error: Error) => error);
if (!(engine instanceof Error)) {
  testGolden(engine);
  testAgreement(engine, await onnxEngine({ threads: 1 }), { rtol: 5e-5, atol: 5e-6 });
  testPrograms(engine);
  testLarge(engine, 55, 20_001);
} else if (existsSync(driver) && process.env.VK_ICD_FILENAMES !== driver) {
  // The loader of Vulkan lies beside the driver, and the system looks for it only when a process starts.
  const env = { ...process.env, VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: CHROMIUM };
  t.spawn(process.execPath, [fileURLToPath(import.meta.url)], { env, timeout }, "with SwiftShader");
} else {
  t.pass("skipped", { skip: engine.message });
}
