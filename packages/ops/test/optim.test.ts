// Adam and RAdam against PyTorch's trajectories; the tables of RAdam; averages and clipping.
import {
  adam,
  COEFFICIENTS,
  clipByGlobalNorm,
  type Engine,
  ema,
  globalNorm,
  gpujsEngine,
  type Moments,
  mul,
  onnxEngine,
  program,
  radam,
  radamRectification,
  radamRho,
  type Tensor,
} from "@imagefn/ops";
import { difference, evaluateAll, type GoldenCase, golden } from "@imagefn/testing";
import t from "tap";

const cases = golden("optim");
const onnx = await onnxEngine({ threads: 1 });
const cpu = await gpujsEngine({ mode: "cpu" });

/** The parameters after each step, [steps, n]. */
async function trajectory(engine: Engine, c: GoldenCase): Promise<number[]> {
  const { steps, lr, weight_decay: weightDecay = 0 } = c.attrs;
  const optimizer = (c.name.startsWith("radam") ? radam : adam)({ weightDecay });
  const w = c.get("w0");
  const n = w.data.length;
  const quadratic = c.name.includes("quadratic");
  const params = { layer: { w } };
  const state = { params, moments: optimizer.init(params) };
  const step = program(
    { state, inputs: { coefficients: [COEFFICIENTS], g: [n] } },
    ({ params, moments }, { coefficients, g }) => {
      const gradients = { layer: { w: quadratic ? mul(g, params.layer.w) : g } };
      return { state: optimizer.update(params, gradients, moments as Moments<unknown>, coefficients) };
    },
  );
  const runnable = await engine.compile(step, state);
  const out: number[] = [];
  for (let i = 0; i < steps; i++) {
    const g = quadratic ? c.get("shared/Aq_diag").data : c.get("shared/G").data.subarray(i * n, (i + 1) * n);
    await runnable.run({ coefficients: optimizer.coefficients(i + 1, lr), g });
    out.push(...(await runnable.read("params")).get("params.layer.w")!.data);
  }
  await runnable.dispose();
  return out;
}

for (const engine of [onnx, cpu]) {
  t.test(`trajectories on ${engine.name}`, async (t) => {
    t.equal(cases.size, 8);
    for (const [name, c] of cases) {
      const w = await trajectory(engine, c);
      t.equal(w.length, c.attrs.steps * c.get("w0").data.length, `${name}: every step`);
      t.equal(difference(w, c.get("trajectory").data, c), undefined, name);
    }
  });
}

t.test("RAdam's rho and r as the specification prints them", async (t) => {
  const rho = [1.0, 1.9995, 2.9987, 3.9975, 4.996, 5.9942, 6.992, 7.9895];
  rho.forEach((expected, i) =>
    t.ok(Math.abs(radamRho(i + 1) - expected) < 6e-5, `rho ${i + 1} = ${expected}`),
  );
  for (let step = 1; step <= 5; step++) t.equal(radamRectification(step), undefined, `no r at ${step}`);
  const r = { 6: 0.02582, 7: 0.03274, 8: 0.03874 };
  for (const [step, expected] of Object.entries(r))
    t.ok(Math.abs(radamRectification(Number(step))! - expected) < 6e-6, `r ${step} = ${expected}`);
  t.ok(radamRectification(1e6)! > 0.999 && radamRectification(1e6)! <= 1, "r tends to 1");
});

t.test("RAdam's first steps are plain momentum", async (t) => {
  const optimizer = radam();
  const [step, addend] = optimizer.coefficients(1, 0.1);
  t.ok(Math.abs(step / addend - 0.1) < 1e-7, "at step 1 the parameters move by lr times the gradient");
});

const numbers = (...data: number[]) => ({ shape: [data.length], data: Float32Array.from(data) });

t.test("averages and clipping", async (t) => {
  const tree = (a: Tensor, b: Tensor) => ({ first: a, rest: [{ b }] });
  const values = await evaluateAll(
    onnx,
    (a, b, rate) => {
      const average = ema(tree(a, b), tree(b, a), rate);
      const clipped = clipByGlobalNorm(tree(a, b), 6.5);
      const kept = clipByGlobalNorm(tree(a, b), 14);
      return {
        first: average.first,
        rest: average.rest[0].b,
        norm: globalNorm(tree(a, b)),
        clipped: clipped.rest[0].b,
        kept: kept.rest[0].b,
      };
    },
    [numbers(3, 4), numbers(0, 12), { shape: [], data: Float32Array.of(0.75) }],
  );
  t.same([...values.first.data], [2.25, 6], "three quarters of the old average");
  t.same([...values.rest.data], [0.75, 10]);
  t.same([...values.norm.data], [13]);
  t.equal(difference(values.clipped.data, [0, 6]), undefined, "scaled down to the limit");
  t.same([...values.kept.data], [0, 12], "left alone below it");
});
