// imagefn's matrix product, [size, size] x [size, size], on one of its engines.
import { parseArgs } from "node:util";
import { engine as engineByName, matmul, program, random } from "@imagefn/ops";
import { clock, gflops, median, report, skip } from "./measure.mjs";

const { values: flags } = parseArgs({
  options: {
    engine: { type: "string", default: "onnx" },
    size: { type: "string", default: "512" },
    threads: { type: "string", default: "1" },
    steps: { type: "string", default: "40" },
    warmup: { type: "string", default: "20" },
  },
});
const size = Number(flags.size);
const threads = Number(flags.threads);
if (flags.engine !== "onnx" && threads > 1) skip(`${flags.engine} has no setting for threads`);

const { engine } = await engineByName({ name: flags.engine, threads }).catch((error) => skip(error.message));
const shape = [size, size];
/** Products in one run, each fed by the one before, so that copying in and out counts little. */
const CHAIN = flags.engine === "onnx" ? 8 : 1;
const p = program({ inputs: { a: shape, b: shape } }, (_, { a, b }) => {
  let y = a;
  for (let i = 0; i < CHAIN; i++) y = matmul(y, b);
  return { outputs: { y } };
});
const runnable = await engine.compile(p);
const draw = (i) =>
  random(i)
    .uniform(size * size)
    .map((u) => (2 * u - 1) / Math.sqrt(size / 3));
const inputs = { a: draw(0), b: draw(1) };
// The slow engines need seconds for each product.
const slow = flags.engine !== "onnx";
const times = (
  await clock(() => runnable.run(inputs), slow ? 3 : Number(flags.steps), slow ? 1 : Number(flags.warmup))
).map((ms) => ms / CHAIN);
report({ mode: "matmul", size, threads, gflops: gflops(size, median(times)), engine: engine.name }, times);
