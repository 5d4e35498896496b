// imagefn's half of the benchmark of GPUs: a product or a training step on an engine, or with --adapter what WebGPU runs on.
import { parseArgs } from "node:util";
import { gpujsEngine, matmul, onnxEngine, program, random, slice } from "@imagefn/ops";
import { clock, median, report, skip } from "./measure.mjs";
import { trainingOf } from "./training.mjs";

const { values: flags } = parseArgs({
  options: {
    adapter: { type: "boolean", default: false },
    engine: { type: "string", default: "gpujs:webgpu" },
    products: { type: "string", default: "auto" },
    product: { type: "string" },
    transposed: { type: "boolean", default: false },
    config: { type: "string", default: "a" },
    steps: { type: "string", default: "20" },
    warmup: { type: "string", default: "5" },
  },
});

if (flags.adapter) {
  // Not public, but the benchmark is of this repository.
  const { findAdapter } = await import(new URL("gpujs/adapter.js", import.meta.resolve("@imagefn/ops")));
  const found = await findAdapter();
  console.log(JSON.stringify("missing" in found ? found : { adapter: found }));
  process.exit();
}

const engine = await (flags.engine === "onnx:webgpu" ? onnxOnWebgpu() : onGpujs());
const facts = { engine: engine.name };
const counts = [Number(flags.steps), Number(flags.warmup)];
if (flags.product) {
  const [m, n, k] = flags.product.split(",").map(Number);
  const { work, times: each } = await product(m, n, k);
  const times = (await clock(work, ...counts)).map((ms) => ms / each);
  report({ ...facts, gflops: (2 * m * n * k) / (median(times) * 1e6) }, times);
} else {
  const started = performance.now();
  const { work, end } = await trainingOf(engine, flags.config);
  const sessionSeconds = (performance.now() - started) / 1000;
  const times = await clock(work, ...counts);
  await end();
  report({ ...facts, sessionSeconds }, times);
}
// The library of WebGPU may keep threads.
process.exit();

function onGpujs() {
  return gpujsEngine({ mode: "webgpu", products: flags.products }).catch((error) => skip(error.message));
}

async function onnxOnWebgpu() {
  const found = await onnxEngine({ provider: "webgpu" }).catch((error) => skip(error.message));
  if (found.name !== "onnx:webgpu") skip("this version of @imagefn/ops has no ONNX Runtime on WebGPU");
  return found;
}

/** Four products a run, whose results stay on the device; a number of each comes back. */
async function product(m, n, k) {
  const { transposed } = flags;
  const data = (shape, seed) => ({ shape, data: random(seed).uniform(shape[0] * shape[1]) });
  const times = 4;
  const state = { a: data(transposed ? [k, m] : [m, k], 1), b: data([k, n], 2) };
  for (let i = 0; i < times; i++) state[`y${i}`] = { shape: [m, n], data: new Float32Array(m * n) };
  const p = program({ state }, ({ a, b }) => {
    // Other factors, since equal products are computed once.
    const all = Array.from({ length: times }, (_, i) => matmul(a, b, { transA: transposed, alpha: 1 + i }));
    return {
      state: Object.fromEntries(all.map((y, i) => [`y${i}`, y])),
      outputs: Object.fromEntries(all.map((y, i) => [`first${i}`, slice(slice(y, 0, 0, 1), 1, 0, 1)])),
    };
  });
  const runnable = await engine.compile(p, state);
  return { work: () => runnable.run(), times };
}
