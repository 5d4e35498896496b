// What one training step leaves behind: averages, moments and parameters.
import { initTrainState, type TrainState } from "@imagefn/consistency";
import { adam, type HostArray, leaves, radamRectification, random } from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import t from "tap";
import { awake, bits, pixelwise, tinyCmFunc } from "./generators.js";
import { compile, gradientsOf, inputsOf, others, stepOptions } from "./steps.js";

t.test("target and averages after one step", async (t) => {
  const options = stepOptions(tinyCmFunc, { emaRates: [0.9, 0.999] });
  const params = awake(tinyCmFunc.init(random(3)));
  const state: TrainState = {
    ...initTrainState(params, options),
    target: others(params, 5),
    emas: [others(params, 6), others(params, 7)],
  };
  const runnable = await compile(options, state);
  const before = await runnable.read();
  await runnable.run(inputsOf(options, { mu: 0.75, coefficients: options.optimizer.coefficients(1, 0.05) }));
  const after = await runnable.read();
  const check = (name: string, rate: number) => {
    for (const [path] of leaves<HostArray>(params)) {
      const old = before.get(`${name}.${path}`)!.data;
      const now = after.get(`params.${path}`)!.data;
      const expected = old.map((v, i) => rate * v + (1 - rate) * now[i]);
      const wrong = difference(after.get(`${name}.${path}`)!.data, expected, { rtol: 1e-6, atol: 1e-6 });
      if (wrong) t.fail(`${name}.${path}: ${wrong}`);
    }
    t.pass(`${name} = ${rate} old + ${1 - rate} new`);
  };
  check("target", 0.75);
  check("emas.0", 0.9);
  check("emas.1", 0.999);
  const moved = leaves<HostArray>(params).some(([path, { data }]) =>
    after.get(`params.${path}`)!.data.some((v, i) => v !== data[i]),
  );
  t.ok(moved, "the parameters have moved");
});

t.test("training starts from copies", async (t) => {
  const options = stepOptions(tinyCmFunc, { emaRates: [0.9] });
  const params = tinyCmFunc.init(random(3));
  const state = initTrainState(params, options);
  const given = bits(new Map(leaves<HostArray>(params)));
  t.same(bits(new Map(leaves<HostArray>(state.target))), given);
  t.same(bits(new Map(leaves<HostArray>(state.emas[0]))), given);
  t.ok(
    leaves<HostArray>(state.moments).every(([, { data }]) => data.every((v) => v === 0)),
    "moments are zero",
  );
  t.notOk("target" in initTrainState(params, { ...options, targetEma: false }));

  const runnable = await compile(options, state);
  for (let t = 1; t <= 3; t++)
    await runnable.run(inputsOf(options, { mu: 0.5, coefficients: options.optimizer.coefficients(t, 0.1) }));
  t.same(bits(new Map(leaves<HostArray>(params))), given, "the arrays that were given are left alone");
});

t.test("RAdam: five steps of momentum, then with the variance", async (t) => {
  const rate = 0.01;
  const options = stepOptions(pixelwise);
  const params = pixelwise.init(random(3));
  const runnable = await compile(options, initTrainState(params, options));
  const path = "colours.weight";
  let m = new Float64Array(9);
  let v = new Float64Array(9);
  let sums = new Float32Array(9);
  const theta = Float64Array.from((await runnable.read("params")).get(`params.${path}`)!.data);
  const [b1, b2] = [0.9, 0.999];
  for (let step = 1; step <= 8; step++) {
    const noise = random(step).normal(3 * 12);
    await runnable.run(
      inputsOf(options, { noise, coefficients: options.optimizer.coefficients(step, rate) }),
    );
    const now = (await gradientsOf(runnable)).get(path)!.data;
    const g = now.map((x, i) => x - b1 * sums[i]);
    sums = Float32Array.from(now);
    m = m.map((x, i) => b1 * x + (1 - b1) * g[i]);
    v = v.map((x, i) => b2 * x + (1 - b2) * g[i] ** 2);
    const r = radamRectification(step);
    t.equal(r === undefined, step <= 5, `step ${step}`);
    for (let i = 0; i < 9; i++) {
      const mh = m[i] / (1 - b1 ** step);
      theta[i] -=
        r === undefined ? rate * mh : (rate * mh * r * Math.sqrt(1 - b2 ** step)) / (Math.sqrt(v[i]) + 1e-8);
    }
    const data = (await runnable.read("params")).get(`params.${path}`)!.data;
    t.equal(difference(data, theta, { rtol: 1e-5, atol: 1e-6 }), undefined, `step ${step}`);
  }
});

t.test("clipping limits the gradient's norm, and reports it as it was", async (t) => {
  const params = pixelwise.init(random(3));
  const norm = async (clipNorm: number) => {
    const options = stepOptions(pixelwise, { clipNorm, optimizer: adam() });
    const runnable = await compile(options, initTrainState(params, options));
    const { gradientNorm } = await runnable.run(inputsOf(options));
    const squares = [...(await gradientsOf(runnable)).values()].flatMap(({ data }) => [...data]);
    return { used: Math.hypot(...squares), reported: gradientNorm?.data[0] };
  };
  const free = await norm(0);
  t.equal(free.reported, undefined);
  const clipped = await norm(free.used / 4);
  t.ok(Math.abs(clipped.used / (free.used / 4) - 1) < 1e-4, "a quarter of the norm is left");
  t.ok(Math.abs(clipped.reported! / free.used - 1) < 1e-5, "the norm before clipping");
  const wide = await norm(free.used * 4);
  t.ok(Math.abs(wide.used / free.used - 1) < 1e-5, "below the limit nothing changes");
});
