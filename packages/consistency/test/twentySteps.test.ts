// The same twenty steps of training on the CPU and on WebGPU, by GPU.js in Node and in headless Chromium, and by ONNX Runtime.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { initTrainState, pseudoHuber, trainStep } from "@imagefn/consistency";
import { leaves, onnxEngine, radam, random } from "@imagefn/ops";
import { noChromium, noSwiftShader, openChromium, swiftShader } from "@imagefn/testing";
import t, { type Test } from "tap";
import { engine, tinyUnet } from "./generators.js";
import { type Trained, train } from "./twentySteps.js";

t.setTimeout(240_000);

const steps = 20;
const folder = fileURLToPath(new URL(".", import.meta.url));
const expected = await train(engine, steps);

/** Largest errors of the losses, and of the state's arrays as shares of their largest numbers. */
function errorsOf(got: Trained, expected: Trained) {
  const losses = expected.losses.map((v, i) => Math.abs(got.losses[i] - v) / Math.abs(v));
  const arrays = Object.entries(expected.state).map(([path, data]) => {
    const largest = data.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;
    return data.reduce((most, v, i) => Math.max(most, Math.abs(got.state[path][i] - v) / largest), 0);
  });
  return { loss: Math.max(...losses), state: Math.max(...arrays) };
}

function checkNumbers(t: Test, got: Trained, right: Trained): void {
  t.same(Object.keys(got.state).sort(), Object.keys(right.state).sort());
  const { loss, state } = errorsOf(got, right);
  t.ok(loss < 1e-5, `the losses agree to ${loss.toExponential(1)} of themselves (at most 1e-5)`);
  t.ok(state < 1e-3, `the state agrees to ${state.toExponential(1)} of its largest numbers (at most 1e-3)`);
}

function check(t: Test, got: Trained): void {
  checkNumbers(t, got, expected);
  const [first, last] = got.statistics!;
  const perStep = (count: "launches" | "uploadedBytes" | "downloadedBytes") =>
    (last[count] - first[count]) / (steps - 1);
  t.ok(perStep("launches") <= 400, `${perStep("launches")} launches a step`);
  t.equal(perStep("downloadedBytes"), 8, "only the loss and the gradient's norm are read back");
  t.ok(perStep("uploadedBytes") < 2000, `${perStep("uploadedBytes")} bytes of inputs are sent`);
  t.same([last.buffers, last.bufferBytes], [first.buffers, first.bufferBytes], "no buffer is added");
}

t.test("WebGPU in Node, by SwiftShader", { skip: noSwiftShader }, async (t) => {
  const script = `
    import { gpujsEngine } from "@imagefn/ops";
    import { train } from "./twentySteps.js";
    const trained = await train(await gpujsEngine({ mode: "webgpu" }), ${steps});
    process.stdout.write(JSON.stringify(trained), () => process.exit());`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    cwd: folder,
    env: swiftShader,
    maxBuffer: 2 ** 28,
  });
  check(t, JSON.parse(stdout));
});

t.test("WebGPU in headless Chromium", { skip: noChromium }, async (t) => {
  const module = `
    import { gpujsEngine } from "@imagefn/ops";
    import { train } from "./twentySteps.js";
    export const trained = async (steps) => train(await gpujsEngine({ mode: "webgpu" }), steps);`;
  const page = await openChromium(module, folder);
  t.teardown(() => page.close());
  check(t, await page.call<Trained>("trained", steps));
});

// The CM-Func trains on ONNX Runtime's WebGPU where pages do. Of the U-Net, whose kernels a driver in software compiles for long,
// the nodes only: none may be on the CPU.
t.test("a U-Net is all on the GPU by ONNX Runtime", { skip: noSwiftShader }, async (t) => {
  // The engine's own process finds the driver.
  Object.assign(process.env, swiftShader);
  const onnx = await onnxEngine({ provider: "webgpu" });
  const options = { ...{ batch: 3, optimizer: radam(), distance: pseudoHuber }, generator: tinyUnet };
  const settings = { ...options, targetEma: true, emaRates: [0.9], clipNorm: 1 };
  const state = initTrainState(tinyUnet.init(random(0)), settings);
  const runnable = await onnx.compile(trainStep(settings, state), state);
  t.equal((await runnable.read()).size, leaves(state).length);
  await runnable.dispose();
});
