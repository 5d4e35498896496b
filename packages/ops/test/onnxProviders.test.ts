// ONNX Runtime on other providers than the CPU's: WebAssembly, a GPU (SwiftShader here) and CUDA's many runs in one call.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import {
  adam,
  add,
  COEFFICIENTS,
  type Engine,
  grad,
  matmul,
  mean,
  onnxEngine,
  program,
  random,
  sin,
  square,
  sub,
} from "@imagefn/ops";
import { difference, noSwiftShader, swiftShader } from "@imagefn/testing";
import t from "tap";
import { childSessions } from "../dist/onnx/childSessions.js";
// Not public, hence from the built package.
import { complaints, meaningOf } from "../dist/onnx/complaints.js";
import { deviceEngine } from "../dist/onnx/device.js";
import { onnxRuntime } from "../dist/onnx/runtime.js";
import { localSessions } from "../dist/onnx/sessions.js";
import { array, testPrograms } from "./programs.js";

t.setTimeout(240_000);
const cpu = await onnxEngine({ threads: 1 });

/** A training step whose state is read, only written, or neither. */
function step() {
  const optimizer = adam();
  const params = { weight: { shape: [6, 6], data: random(1).normal(36) } };
  const state = {
    params,
    moments: optimizer.init(params),
    last: array([4, 6], ...new Float32Array(24)),
    kept: array([2], 1, 2),
  };
  const traced = program(
    { state, inputs: { x: [4, 6], coefficients: [COEFFICIENTS] } },
    (s, { x, coefficients }) => {
      const y = sin(matmul(x, s.params.weight, { transB: true, alpha: 0.5 }));
      const loss = mean(square(sub(y, x)));
      const next = optimizer.update(s.params, grad(loss, s.params), s.moments as never, coefficients);
      return { state: { ...next, last: y }, outputs: { loss, first: x } };
    },
  );
  const inputs = (k: number) => ({
    x: random(2).normal(24, k),
    coefficients: optimizer.coefficients(k, 0.01),
  });
  return { program: traced, state, inputs };
}

t.test("many runs in one call are the same as one by one", async (t) => {
  const ort = await onnxRuntime();
  const options = { executionProviders: ["cpu"], intraOpNumThreads: 1, logSeverityLevel: 3 } as const;
  const many = deviceEngine({ name: "many", webgpu: false, open: () => localSessions(ort, options, "host") });
  const { program: p, state, inputs } = step();
  const [one, all] = [await many.compile(p, state), await many.compile(p, state)];
  const list = [1, 2, 3, 4, 5].map(inputs);
  const expected: Awaited<ReturnType<typeof one.run>>[] = [];
  for (const values of list) expected.push(await one.run(values));
  const got = [
    ...(await all.runAll(list.slice(0, 2))),
    ...(await all.runAll(list.slice(2, 4))),
    ...(await all.runAll(list.slice(4))),
  ];
  t.same(
    got.map((y) => [...y.loss.data, ...y.first.data]),
    expected.map((y) => [...y.loss.data, ...y.first.data]),
  );
  t.same(got[0].first.shape, [4, 6]);
  t.same(await all.read(), await one.read());
  const alone = await many.compile(
    program({ state: { a: array([1], 1) } }, ({ a }) => ({ state: { a: add(a, 1) }, outputs: { a } })),
    { a: array([1], 1) },
  );
  t.same(
    (await alone.runAll([{}, {}, {}])).map(({ a }) => a.data[0]),
    [1, 2, 3],
    "without inputs",
  );
  for (const each of [one, all, alone]) await each.dispose();
});

/** Twenty training steps beside the CPU's. */
function testStep(engine: Engine): void {
  t.test(`training on ${engine.name}`, async (t) => {
    const { program: p, state, inputs } = step();
    const [got, expected] = [await engine.compile(p, state), await cpu.compile(p, state)];
    for (let k = 1; k <= 20; k++) {
      const [mine, other] = [await got.run(inputs(k)), await expected.run(inputs(k))];
      t.ok(Math.abs(mine.loss.data[0] / other.loss.data[0] - 1) < 1e-5, `step ${k}`);
    }
    const found = await got.read();
    for (const [path, { data }] of await expected.read())
      t.equal(difference(found.get(path)!.data, data, { rtol: 1e-4, atol: 1e-5 }), undefined, path);
    await got.dispose();
    await expected.dispose();
  });
}

const wasm = await onnxEngine({ provider: "wasm", threads: 1 });
testPrograms(wasm);
testStep(wasm);

t.test("options that a provider does not have are refused", async (t) => {
  await t.rejects(onnxEngine({ provider: "tpu" as "cpu" }), {
    message: 'ops: onnxEngine: provider must be one of cpu, webgpu, cuda, wasm (got "tpu")',
  });
  await t.rejects(onnxEngine({ provider: "webgpu", threads: 2 }), {
    message: 'ops: onnxEngine: threads is not for the provider "webgpu"; leave it out',
  });
});

t.test("without a driver, a GPU's engine says what is missing", async (t) => {
  const script = `
    import { onnxEngine } from ${JSON.stringify(import.meta.resolve("@imagefn/ops"))};
    const messageOf = (provider) => onnxEngine({ provider }).then(() => "works", (error) => error.message);
    console.log(JSON.stringify([await messageOf("webgpu"), await messageOf("cuda")]));`;
  const env = { PATH: process.env.PATH, VK_ICD_FILENAMES: "/none" };
  const [webgpu, cuda] = JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8", env }),
  );
  if (process.platform !== "linux") return t.pass("skipped", { skip: "drivers are found otherwise here" });
  t.match(
    webgpu,
    /^ops: onnx:webgpu: WebGPU finds no adapter here; install the driver of a GPU, .*, or use the engine "onnx"$/,
  );
  if (cuda !== "works")
    t.match(
      cuda,
      /^ops: onnx:cuda: (CUDA does not load \(.*\); it needs|onnxruntime-node has no such provider)/,
    );
});

t.test("what runtimes and drivers say is put into words", async (t) => {
  for (const [said, expected] of [
    [
      "its worker ended with SIGSEGV: Vulkan",
      /^the driver of the GPU failed: its worker .*; go on from the last checkpoint/,
    ],
    [
      "Buffer allocation: Out of memory\n at x",
      /^the memory is full \(Buffer allocation: Out of memory\); use a smaller batch/,
    ],
    ["[WebGPU] Device was lost: unknown", /^the GPU was lost \(.*\); go on from the last checkpoint/],
    [
      "nodes that are assigned to the default CPU EP, but",
      /^the GPU does not compute every operator of this program/,
    ],
    ["/onnxruntime_src/onnxruntime/a.cc:136 f() b == c was false. No such thing", /^No such thing$/],
  ] as const)
    t.match(meaningOf(said), expected);
});

if (noSwiftShader) t.pass("skipped on a GPU", { skip: noSwiftShader });
else {
  // The process of the engine takes it from here.
  Object.assign(process.env, swiftShader);
  const webgpu = await onnxEngine({ provider: "webgpu" });
  t.equal(webgpu.name, "onnx:webgpu");
  testPrograms(webgpu);
  testStep(webgpu);

  t.test("a driver that crashes is an error, and the next program gets a new process", async (t) => {
    const { program: p, state, inputs } = step();
    const before = children();
    const runnable = await webgpu.compile(p, state);
    const [own] = children().filter((pid) => !before.includes(pid));
    await runnable.run(inputs(1));
    // Stopped first: the step takes a moment only. The process dies as it goes on.
    process.kill(own, "SIGSTOP");
    const running = runnable.run(inputs(2));
    for (const signal of ["SIGSEGV", "SIGCONT"] as const) process.kill(own, signal);
    const message =
      /^ops: onnx:webgpu: the driver of the GPU failed: its worker ended with SIGSEGV.*; go on from/;
    await t.rejects(running, { message });
    await t.rejects(runnable.read(), { message });
    await runnable.dispose();
    const next = await webgpu.compile(p, state);
    t.ok((await next.run(inputs(1))).loss.data[0] > 0);
    await next.dispose();
  });

  t.test("an operator that the GPU does not compute is refused", async (t) => {
    const options = {
      executionProviders: ["webgpu"],
      logSeverityLevel: 3,
      extra: { session: { disable_cpu_ep_fallback: "1" } },
    } as const;
    const runtime = import.meta.resolve("onnxruntime-node");
    const engine = deviceEngine({
      name: "with FusedMatMul",
      webgpu: false,
      open: () => complaints("x", childSessions({ runtime, options, place: "device" })),
    });
    const { program: p, state } = step();
    await t.rejects(engine.compile(p, state), {
      message: /^ops: x: the GPU does not compute every operator/,
    });
  });
}

/** The processes that this one started. */
function children(): number[] {
  const threads = readdirSync("/proc/self/task");
  return threads.flatMap((id) =>
    readFileSync(`/proc/self/task/${id}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
}
