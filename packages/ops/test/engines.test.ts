// Around the engines: which one `auto` takes, what is loaded when, limits, state in place, and .onnx files.
import { execFileSync } from "node:child_process";
import {
  adam,
  add,
  COEFFICIENTS,
  type Engine,
  ema,
  engine,
  engineNames,
  exportOnnx,
  geluTanh,
  gpujsEngine,
  grad,
  type HostArray,
  layerNorm,
  linear,
  type Moments,
  matmul,
  mean,
  mul,
  onnxEngine,
  type Program,
  program,
  random,
  type Shape,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
} from "@imagefn/ops";
import { difference, evaluate } from "@imagefn/testing";
import * as ort from "onnxruntime-node";
import t from "tap";
import { testLarge } from "./everyOp.js";
import { dataOf, opCases, valueAndGradients } from "./opCases.js";

const normal = (name: string, ...shape: number[]): HostArray => ({
  shape,
  data: random(2)
    .stream(name)
    .normal(shape.reduce((n, d) => n * d, 1))
    .map((v) => v / 4),
});

t.test("engines by name", async (t) => {
  const { engine: chosen, why } = await engine();
  t.equal(chosen.name, "onnx", `auto takes ${chosen.name}: ${why}`);
  t.match(why, /no GPU|is software|there is a GPU/, "and says why");
  for (const name of ["onnx", "gpujs:webasm", "gpujs:cpu"] as const)
    t.equal((await engine({ name, threads: 1 })).engine.name, name);
  await t.rejects(engine({ name: "cuda" as "onnx" }), {
    message: `ops: there is no engine "cuda" (expected ${engineNames.join(", ")})`,
  });
});

t.test("a WebGPU that is not there says what to do", async (t) => {
  const reason = await gpujsEngine({ mode: "webgpu" }).then(
    () => undefined,
    (error: Error) => error.message,
  );
  if (reason === undefined) t.pass("there is one", { skip: "this machine has a WebGPU adapter" });
  else t.match(reason, /^ops: gpujs:webgpu: .*; .*, or use the engine "onnx" or "gpujs:webasm"$/);
});

t.test("importing the package loads no engine", async (t) => {
  const script = `
    import { createRequire } from "node:module";
    await import(${JSON.stringify(import.meta.resolve("@imagefn/ops"))});
    const { cache } = createRequire(import.meta.url);
    console.log(JSON.stringify(Object.keys(cache).filter((f) => /gpu\\.js|onnxruntime|webgpu/.test(f))));`;
  const loaded = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  t.same(JSON.parse(loaded), []);
});

t.test("arrays that float32 cannot index", async (t) => {
  const shape: Shape = [4096, 4097];
  const p = program({ inputs: { x: shape } }, (_, { x }) => ({ outputs: { y: sum(x) } }));
  await t.rejects((await gpujsEngine({ mode: "webasm" })).compile(p), {
    message:
      /ops: gpujs:webasm: sum: an array of \[4096, 4097\] is too large \(got 16781312 numbers, expected at most 2\^24/,
  });
  const runnable = await (await gpujsEngine({ mode: "cpu" })).compile(p);
  await runnable.dispose();

  // Its factors are small, and its products are in no array; but the kernel that adds them up counts them.
  const outer = program({ inputs: { a: [4096, 1], b: [1, 4097] } }, (_, { a, b }) => ({
    outputs: { y: sum(mul(a, b), [1]) },
  }));
  await t.rejects((await gpujsEngine({ mode: "webasm" })).compile(outer), {
    message: /ops: gpujs:webasm: sum: an array of \[4096, 4097\] is too large/,
  });
});

testLarge(await gpujsEngine({ mode: "webasm" }), 4095, 4097);

t.test("seven axes at once", async (t) => {
  const x = { shape: [2, 3, 2, 2, 3, 2, 2], data: Float32Array.from({ length: 288 }, (_, i) => i) };
  const turned = (y: Tensor) => transpose(y, [6, 2, 5, 3, 0, 4, 1]);
  const [got, expected] = [
    await evaluate(await gpujsEngine({ mode: "cpu" }), turned, [x]),
    await evaluate(await onnxEngine({ threads: 1 }), turned, [x]),
  ];
  t.same(got.data, expected.data);
});

/** A training step with everything a real one has: two networks, Adam, an average of the parameters. */
function trainingStep(): { program: Program; state: unknown } {
  const optimizer = adam();
  const params = {
    first: { weight: normal("first", 16, 8), bias: normal("bias", 16) },
    second: { weight: normal("second", 8, 16) },
  };
  const state = { params, average: params, moments: optimizer.init(params), seen: normal("seen", 4, 8) };
  type Params = { first: { weight: Tensor; bias: Tensor }; second: { weight: Tensor } };
  const network = ({ first, second }: Params, x: Tensor) =>
    linear(second, geluTanh(linear(first, layerNorm(x))));
  const traced = program(
    { state, inputs: { x: [4, 8], coefficients: [COEFFICIENTS] } },
    ({ params, average, moments, seen }, { x, coefficients }) => {
      const loss = mean(square(sub(network(params, x), softmax(network(average, add(x, seen))))));
      const next = optimizer.update(params, grad(loss, params), moments as Moments<unknown>, coefficients);
      return {
        state: { ...next, average: ema(average, next.params, 0.9), seen: add(mul(seen, 0.5), x) },
        outputs: { loss },
      };
    },
  );
  return { program: traced, state };
}

/** State after three runs with the same inputs. */
async function after(engine: Engine, p: Program, state: unknown): Promise<Map<string, HostArray>> {
  const runnable = await engine.compile(p, state);
  const coefficients = adam().coefficients(5, 0.01);
  const inputs = [...p.inputs].map(([name, { shape }]) => [
    name,
    name === "coefficients" ? coefficients : normal(name, ...shape),
  ]);
  for (let i = 0; i < 3; i++) await runnable.run(Object.fromEntries(inputs));
  const out = await runnable.read();
  await runnable.dispose();
  return out;
}

t.test("state written in place on onnx is the same as kept apart", async (t) => {
  const a = normal("a", 32, 32);
  const w: Shape = [32, 32];
  type Next = (a: Tensor, w: Tensor) => Tensor;
  const small: Record<string, Next> = {
    "a product and a sum, which ONNX Runtime merges": (a, w) => add(matmul(a, w), w),
    "a product of itself": (a) => mul(matmul(a, a), 0.5),
    "a sum onto a product": (a, w) => add(matmul(w, w), a),
    "read again after the sum": (a, w) => mul(add(mul(a, 0.9), w), sub(1, a)),
    "a row of its own": (a, w) => sub(w, mul(a, sum(a, [0]))),
    "its transpose": (a, w) => add(mul(transpose(a), 0.5), w),
  };
  const programs = Object.entries(small).map(([name, next]) => ({
    name,
    state: { a } as unknown,
    program: program({ state: { a }, inputs: { w } }, (s, i) => ({
      state: { a: next(s.a, i.w) },
      outputs: { seen: mul(s.a, 2) },
    })),
  }));
  const alone = Object.entries(small).map(([name, next]) => ({
    name: `${name}, with no output`,
    state: { a } as unknown,
    program: program({ state: { a }, inputs: { w } }, (s, i) => ({ state: { a: next(s.a, i.w) } })),
  }));
  const inPlace = await onnxEngine({ threads: 1 });
  const apart = await onnxEngine({ threads: 1, inPlace: false });
  const cpu = await gpujsEngine({ mode: "cpu" });
  for (const { name, program: p, state } of [
    ...programs,
    ...alone,
    { name: "a training step", ...trainingStep() },
  ]) {
    const [got, expected, other] = [
      await after(inPlace, p, state),
      await after(apart, p, state),
      await after(cpu, p, state),
    ];
    for (const [path, { data }] of expected) {
      t.same(got.get(path)!.data, data, `${name}: ${path}`);
      const tolerance = { rtol: 1e-4, atol: 1e-5 };
      t.equal(
        difference(other.get(path)!.data, data, tolerance),
        undefined,
        `${name}: ${path}, on ${cpu.name}`,
      );
    }
  }
});

t.test("threads and how they wait leave the numbers of a step as they are", async (t) => {
  const { program: p, state } = trainingStep();
  const on = async (options: Parameters<typeof onnxEngine>[0]) => after(await onnxEngine(options), p, state);
  const alone = await on({ threads: 1 });
  for (const spinning of [true, false]) {
    const two = await on({ threads: 2, spinning });
    for (const [path, { data }] of alone)
      t.equal(
        difference(two.get(path)!.data, data, { rtol: 1e-5, atol: 1e-6 }),
        undefined,
        `${path}, ${spinning}`,
      );
  }
});

t.test("an .onnx file of every op runs in any runtime", async (t) => {
  const weights = new Map<string, HostArray>();
  const given: Record<string, HostArray> = {};
  const state: Record<string, HostArray> = {};
  const cases = Object.entries(opCases).map(([name, opCase], k) => ({
    name,
    opCase,
    k,
    data: dataOf(opCase),
  }));
  for (const { k, data } of cases)
    data.forEach((x, i) => {
      // The first input of each case is the file's input, the others are weights inside it.
      if (i === 0) given[`x${k}`] = x;
      else {
        state[`w${k}_${i}`] = x;
        weights.set(`w${k}_${i}`, x);
      }
    });
  const shapes = Object.fromEntries(Object.entries(given).map(([name, { shape }]) => [name, shape]));
  const p = program({ state, inputs: shapes }, (s, x) => {
    const outputs: Record<string, Tensor> = {};
    for (const { name, opCase, k, data } of cases) {
      const inputs = data.map((_, i) => (i === 0 ? x[`x${k}`] : s[`w${k}_${i}`]));
      for (const [part, y] of Object.entries(valueAndGradients(opCase.f, inputs)))
        outputs[`${name}: ${part}`] = y;
    }
    return { outputs };
  });
  const outputs = Object.fromEntries(p.outputs);
  const file = exportOnnx({ name: "every op", outputs, weights, metadata: { licence: "CC0" } });
  const text = Buffer.from(file).toString("latin1");
  t.notOk(text.includes("com.microsoft"), "only operators of the standard");
  t.ok(text.includes("licence") && text.includes("CC0"), "with its metadata");

  const session = await ort.InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const used = Object.entries(given).filter(([name]) => session.inputNames.includes(name));
  const found = await session.run(
    Object.fromEntries(used.map(([name, { shape, data }]) => [name, new ort.Tensor("float32", data, shape)])),
  );
  await session.release();
  const runnable = await (await onnxEngine({ threads: 1 })).compile(p, state);
  const expected = await runnable.run(given);
  await runnable.dispose();
  for (const [name, { data }] of Object.entries(expected)) {
    const tolerance = { rtol: 1e-5, atol: 1e-5 };
    t.equal(difference(found[name].data as Float32Array, data, tolerance), undefined, name);
  }
  weights.delete("w0_1");
  t.throws(() => exportOnnx({ name: "x", outputs, weights }), {
    message: 'ops: export: no weights for "w0_1"',
  });
});

t.test("a program that computes nothing is refused", async (t) => {
  const state = { a: { shape: [1], data: Float32Array.of(1) } };
  const nothing = program({ state }, () => ({ outputs: {} }));
  await t.rejects((await onnxEngine({ threads: 1 })).compile(nothing, state), {
    message: /has nothing to compute/,
  });
});
