// TensorFlow.js's half of the matmul benchmark: its WASM SIMD backend on one thread; prints one JSON line.
import { parseArgs } from "node:util";
import { clock, gflops, median, report, skip } from "./measure.mjs";

const { values } = parseArgs({
  options: {
    size: { type: "string", default: "512" },
    threads: { type: "string", default: "1" },
    steps: { type: "string", default: "10" },
    warmup: { type: "string", default: "3" },
  },
});
const [size, steps, warmup] = [values.size, values.steps, values.warmup].map(Number);
if (values.threads !== "1") skip("tfjs-wasm runs on one thread in Node");

const tf = await import("@tensorflow/tfjs-core").catch(() => undefined);
const wasm = await import("@tensorflow/tfjs-backend-wasm").catch(() => undefined);
if (!tf || !wasm) skip("tfjs-wasm is not installed; install it with: npm run setup");
await tf.setBackend("wasm");

const a = tf.randomNormal([size, size], 0, 1, "float32", 1);
const b = tf.randomNormal([size, size], 0, 1, "float32", 2);
// This backend computes at once and in this thread, so the product is finished when matMul returns.
const msPerStep = await clock(() => tf.matMul(a, b).dispose(), steps, warmup);
const engine = `tfjs-wasm ${tf.version_core}`;
report({ mode: "matmul", size, threads: 1, gflops: gflops(size, median(msPerStep)), engine }, msPerStep);
