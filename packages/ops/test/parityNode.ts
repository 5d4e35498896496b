// Prints what GPU.js on WebGPU computes in Node, as a process of its own: the system looks for the libraries that a Vulkan
// driver needs only when a process starts. Its argument says how products are computed.
import { gpujsEngine } from "@imagefn/ops";
import { quickWebgpu } from "@imagefn/testing";
import { goldenVectors } from "./goldenVectors.js";
import { caseResults, goldenResults } from "./parityErrors.js";

await quickWebgpu();
const engine = await gpujsEngine({ mode: "webgpu", products: JSON.parse(process.argv[2]) });
const results = { golden: await goldenResults(engine, goldenVectors), cases: await caseResults(engine) };
process.stdout.write(JSON.stringify(results), () => process.exit());
