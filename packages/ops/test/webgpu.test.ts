// GPU.js on WebGPU: programs, large arrays, and what runs cost, where there is an adapter.
// Without one this starts itself again with Chromium's SwiftShader, a Vulkan driver in software, if that is installed.
import { fileURLToPath } from "node:url";
import {
  adam,
  COEFFICIENTS,
  clipByGlobalNorm,
  constant,
  ema,
  type GpujsEngine,
  geluTanh,
  gpujsEngine,
  grad,
  type HostArray,
  linear,
  type Moments,
  matmul,
  mean,
  mul,
  onnxEngine,
  program,
  random,
  reshape,
  square,
  sub,
  type Tensor,
} from "@imagefn/ops";
import { difference, noSwiftShader, swiftShader } from "@imagefn/testing";
import t from "tap";
import { testAgreement, testGolden, testLarge } from "./everyOp.js";
import { launches } from "./launches.js";
import { testPrograms } from "./programs.js";

const timeout = 240_000;
t.setTimeout(timeout);

const isSoftware = process.env.VK_ICD_FILENAMES === swiftShader.VK_ICD_FILENAMES;
const engine: GpujsEngine | Error = await gpujsEngine({ mode: "webgpu" }).catch((error: Error) => error);
if (!(engine instanceof Error)) {
  // With SwiftShader, the test of parity does these.
  if (!isSoftware) {
    testGolden(engine);
    testAgreement(engine, await onnxEngine({ threads: 1 }), { rtol: 5e-5, atol: 5e-6 });
  }
  testPrograms(engine);
  testLarge(engine, 55, 20_001);
  testTraining(engine);
  await testUpdates(engine);
} else if (!noSwiftShader && !isSoftware) {
  t.spawn(
    process.execPath,
    [fileURLToPath(import.meta.url)],
    { env: swiftShader, timeout },
    "with SwiftShader",
  );
} else {
  t.pass("skipped", { skip: engine.message });
}

/** A training step of layers of different sizes: gradients clipped, Adam, and an average. */
function trainingStep() {
  const array = (...shape: number[]): HostArray => ({
    shape,
    data: random(1)
      .stream(`${shape}`)
      .normal(shape.reduce((n, d) => n * d, 1))
      .map((v) => v / 3),
  });
  const optimizer = adam();
  const params = {
    layers: [
      { weight: array(20, 8), bias: array(20) },
      { weight: array(90, 20), bias: array(90) },
      { weight: array(8, 90), bias: array(8) },
    ],
  };
  const state = { params, average: params, moments: optimizer.init(params), unused: array(3) };
  const step = program({ state, inputs: { x: [5, 8], coefficients: [COEFFICIENTS] } }, (traced, inputs) => {
    const { params, average, moments } = traced;
    const [a, b, c] = params.layers as { weight: Tensor; bias: Tensor }[];
    const y = linear(c, geluTanh(linear(b, geluTanh(linear(a, inputs.x)))));
    const loss = mean(square(sub(y, inputs.x)));
    const next = optimizer.update(
      params,
      clipByGlobalNorm(grad(loss, params), 1),
      moments as Moments<unknown>,
      inputs.coefficients,
    );
    return { state: { ...next, average: ema(average, next.params, 0.9) }, outputs: { loss } };
  });
  const inputs = (t: number) => ({
    x: random(2).normal(40, t),
    coefficients: optimizer.coefficients(t, 0.01),
  });
  return { step, state, inputs, arrays: 6 };
}

function testTraining(engine: GpujsEngine): void {
  t.test("training", async (t) => {
    const { step, state, inputs, arrays } = trainingStep();
    const runnable = await engine.compile(step, state);
    const reference = await (await onnxEngine({ threads: 1 })).compile(step, state);
    const start = runnable.statistics();
    t.same([start.runs, start.launches, start.downloadedBytes], [0, 0, 0], "nothing has run");

    await runnable.run(inputs(1));
    const first = runnable.statistics();
    await reference.run(inputs(1));
    const planned = launches(step).length;
    t.equal(planned - first.launches, 4 * (arrays - 1), "each of m, v, parameters and average in one launch");
    for (let k = 2; k <= 50; k++) {
      await runnable.run(inputs(k));
      await reference.run(inputs(k));
    }
    const last = runnable.statistics();
    t.equal(last.runs, 50);
    t.equal(last.launches, 50 * first.launches);
    t.equal(last.downloadedBytes, 50 * 4, "only the loss is read back");
    const given = 4 * (40 + COEFFICIENTS);
    t.equal(last.uploadedBytes - start.uploadedBytes, 50 * given, "only inputs are sent");
    t.equal(last.buffers, start.buffers, "as many buffers as at the start");
    t.equal(last.bufferBytes, start.bufferBytes);

    const [got, expected] = [await runnable.read(), await reference.read()];
    for (const [path, { data }] of expected)
      t.equal(difference(got.get(path)!.data, data, { rtol: 1e-3, atol: 1e-4 }), undefined, path);

    const given2 = { shape: [20], data: new Float32Array(20).fill(2) };
    await runnable.write(new Map([["params.layers.0.bias", given2]]));
    const again = await runnable.read("params.layers");
    t.same(again.get("params.layers.0.bias")!.data, given2.data, "one array of many in a buffer is replaced");
    t.same(again.get("params.layers.1.bias")!.data, got.get("params.layers.1.bias")!.data, "and no other");
    await runnable.dispose();
    await reference.dispose();
  });
}

/** State that moves in odd ways, beside what is computed on the host. */
async function testUpdates(engine: GpujsEngine): Promise<void> {
  const host = await gpujsEngine({ mode: "cpu" });
  const array = (n: number, seed: number): HostArray => ({ shape: [n], data: random(seed).normal(n) });
  const state = { a: array(3, 1), b: array(3, 2), c: array(3, 3), d: array(70, 4), e: array(70, 5) };
  type Update = (s: Record<string, Tensor>, x: Tensor) => Record<string, Tensor>;
  const updates: Record<string, Update> = {
    exchanged: ({ a, b }) => ({ a: b, b: a }),
    "moved on, a copy of the input first": ({ a, b }, x) => ({ a: x, b: a, c: b }),
    "two of one value": ({ a, c }) => ({ a: mul(a, c), b: mul(a, c) }),
    alike: ({ a, b, d, e }) => ({ a: mul(a, 0.5), b: mul(b, 0.5), d: mul(d, 0.5), e: mul(e, 0.5) }),
    "alike, but each from the next": ({ a, b, c }, x) => {
      const [one, two] = [mul(sub(c, x), 0.5), mul(sub(b, mul(sub(c, x), 0.5)), 0.5)];
      return { a: mul(sub(a, two), 0.5), b: two, c: one };
    },
    "alike, each from another's old value": ({ a, b, c }) => ({ a: sub(b, a), b: sub(c, b), c: sub(a, c) }),
    "alike, by gradients of which one is made of the other": ({ d, e }) => {
      const one = matmul(reshape(d, [10, 7]), constant({ shape: [7, 7], data: random(7).normal(49) }));
      const two = matmul(one, constant({ shape: [7, 7], data: random(8).normal(49) }));
      const down = (x: Tensor, g: Tensor) => sub(x, mul(reshape(g, [70]), 0.01));
      return { d: down(d, one), e: down(e, two) };
    },
    "alike, of which two read one": ({ a, b, c }) => ({ a: mul(a, a), b: mul(b, a), c: mul(c, a) }),
    "alike, from one that stays": ({ a, b, c }) => ({ a: mul(a, c), b: mul(b, c) }),
  };
  for (const [name, update] of Object.entries(updates))
    t.test(`state ${name}`, async (t) => {
      const p = program({ state, inputs: { x: [3] } }, (s, { x }) => ({
        state: update(s, x),
        outputs: { before: s.a, sum: mul(s.a, s.b) },
      }));
      const [got, expected] = [await engine.compile(p, state), await host.compile(p, state)];
      for (let k = 1; k <= 3; k++) {
        const x = random(6).normal(3, k);
        const [mine, other] = [await got.run({ x }), await expected.run({ x })];
        for (const key of ["before", "sum"]) t.equal(difference(mine[key].data, other[key].data), undefined);
      }
      for (const [path, { data }] of await expected.read())
        t.equal(difference((await got.read(path)).get(path)!.data, data), undefined, path);
      await got.dispose();
      await expected.dispose();
    });
}
