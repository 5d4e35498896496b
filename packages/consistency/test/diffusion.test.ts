// Diffusion models: levels, weights and loss of training, Heun's sampler, distillation; and the levels of ECT.
import {
  asParams,
  cIn,
  cOut,
  consistencyTrainer,
  cSkip,
  denoiser,
  diffusionWeight,
  ectLow,
  edmLevels,
  functionScale,
  heunEvaluations,
  heunLevels,
  heunPath,
  ictLevels,
  inEffect,
  initialNoise,
  initTrainState,
  l2,
  lognormalLevel,
  noiseLevels,
  sample,
  scalingOf,
  sigmaData,
  sigmaMax,
  sigmaMin,
  trainDefaults,
  trainProblems,
  trainSettings,
} from "@imagefn/consistency";
import { type HostArray, leaves, random } from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import t from "tap";
import { engine, fixedImages, pixelwise, scaling } from "./generators.js";
import { compile, gradientsOf, inputsOf, lossOf, stepOptions } from "./steps.js";

const near = (actual: number, expected: number, rtol = 1e-6) =>
  Math.abs(actual - expected) <= rtol * Math.abs(expected);

t.test("log-normal levels are quantiles, of the whole distribution or of a part", async (t) => {
  // Quantiles of N(0, 1) from tables.
  const table: [number, number][] = [
    [0.001, -3.090232306],
    [0.025, -1.959963985],
    [0.5, 0],
    [0.975, 1.959963985],
    [0.999, 3.090232306],
  ];
  for (const { mean, std } of [edmLevels, ictLevels])
    for (const [u, n] of table)
      t.ok(near(lognormalLevel(u, { mean, std }), Math.exp(mean + std * n), 1e-7), `${mean} ${u}`);
  // Between the quartiles, the middle is the median; a half of the part below is the quarter below it.
  const quartile = 0.6744897502;
  const [low, high] = [-quartile, quartile].map((n) => Math.exp(-1.1 + 2 * n));
  t.ok(near(lognormalLevel(0.5, ictLevels, [low, high]), Math.exp(-1.1), 1e-6));
  t.ok(near(lognormalLevel(0, ictLevels, [low, high]), low));
  t.ok(near(lognormalLevel(1 - 2 ** -24, ictLevels, [low, high]), high, 1e-5));
  t.ok(near(lognormalLevel(0, edmLevels, [sigmaMin, sigmaMax]), sigmaMin, 0.02));
});

t.test("a diffusion model denoises log-normal levels with EDM's weights", async (t) => {
  const u = (b: number) => (b + 0.5) / 5;
  const drawn = noiseLevels({ objective: "diffusion" }, { k: 0, K: 10 }, u, 5);
  t.notOk("N" in drawn);
  t.ok(drawn.denoising);
  t.same([...drawn.sigmaLow], [0, 0, 0, 0, 0], "the target is the clean image");
  // Quantiles 0.1, 0.3, .. of N(0, 1); the ends of the range at 0.002 and 80 cut off 5e-5.
  const normals = [-1.2815516, -0.5244005, 0, 0.5244005, 1.2815516];
  const sigmas = normals.map((n) => Math.exp(-1.2 + 1.2 * n));
  t.equal(difference(drawn.sigmaHigh, sigmas, { rtol: 1e-3, atol: 0 }), undefined);
  const weights = [...drawn.sigmaHigh].map((s) => (s * s + 0.25) / (s * 0.5) ** 2);
  t.equal(difference(drawn.weight, weights, { rtol: 1e-5, atol: 0 }), undefined);
  const own = { logMean: 0.5, logStd: 2 };
  const other = noiseLevels({ objective: "diffusion", ...own }, { k: 0, K: 10 }, u, 5);
  t.ok(near(other.sigmaHigh[2], Math.exp(0.5), 0.1));

  t.equal(diffusionWeight(0.5, "skip"), 8, "1 / c_out^2");
  t.ok(near(diffusionWeight(0.02, "skip"), 1 / functionScale("edm", 0.02) ** 2));
  t.equal(diffusionWeight(0.5, "function"), 8, "the same where the signal is at most five times the noise");
  t.equal(diffusionWeight(0.02, "function"), 24, "and no more below");
  t.equal(diffusionWeight(80, "function"), diffusionWeight(80, "skip"));
});

t.test("levels of ECT by the formula of the specification", async (t) => {
  const formula = (level: number, q: number, a: number) =>
    Math.max(0, level * (1 - (1 / q ** (a + 1)) * (1 + 8 / (1 + Math.exp(level)))));
  t.equal(ectLow(1, 3), 0, "1 - 3.15 / 2 is below 0");
  t.ok(near(ectLow(3, 3), 3 * (1 - 1.3794069854 / 2), 1e-8));
  for (const a of [0, 1, 4, 7])
    for (const level of [0.01, 0.3, 1, 5, 40])
      t.ok(Math.abs(ectLow(level, 2 ** (a + 1) + 1) - formula(level, 2, a)) < 1e-12, `${a} ${level}`);

  const settings = { levels: "ect", weighting: "ict", grid: "doubling", s0: 2, s1: 256 } as const;
  const at = (k: number, more = {}) =>
    noiseLevels({ ...settings, ...more }, { k, K: 80 }, (s) => ((s % 40) + 0.5) / 40, 40);
  for (const [k, a] of [
    [0, 0],
    [15, 1],
    [79, 7],
  ]) {
    const { N, sigmaLow, sigmaHigh, weight } = at(k);
    t.equal(N, 2 ** (a + 1) + 1, `stage ${a}`);
    for (const [b, high] of sigmaHigh.entries()) {
      const r = formula(high, 2, a);
      const low = Math.max(r, sigmaMin);
      t.ok(near(sigmaLow[b], low, 1e-4), `r of ${high}`);
      t.ok(near(weight[b], 1 / (high - (r < sigmaMin ? 0 : r)), 1e-3), `weight of ${high}`);
    }
  }
  const above = at(79, { lowest: 0.2 });
  t.ok(above.sigmaHigh.every((high) => high >= 0.2));
  t.ok(above.sigmaLow.every((low) => low === Math.fround(sigmaMin) || low >= 0.2));
  const { denoising, sigmaLow, sigmaHigh, weight } = at(3, { denoise: 0.5, lowest: 0.2 });
  t.ok(denoising && sigmaLow.every((low) => low === Math.fround(sigmaMin)));
  t.ok(Math.min(...sigmaHigh) < 0.1, "denoising has all levels");
  t.ok(weight.every((w, b) => near(w, 1 / sigmaHigh[b], 1e-5)));
});

/** A network with one parameter w: F = w c_in x; as EDM scales it, and as a consistency model does. */
const edm = (w: number, x: number, s: number) =>
  (x * sigmaData ** 2) / (s * s + sigmaData ** 2) +
  ((s * sigmaData) / Math.hypot(s, sigmaData)) * w * (x / Math.hypot(s, sigmaData));
const consistent = (w: number, x: number, s: number) => x * (cSkip(s) + cOut(s) * cIn(s) * w);
const scalar = (value: number) => ({ w: { shape: [], data: Float32Array.of(value) } });

t.test("loss and gradient of a diffusion model with one parameter", async (t) => {
  const w = 0.3;
  for (const parameterisation of ["skip", "function"] as const) {
    const D =
      parameterisation === "skip" ? edm : (w: number, x: number, s: number) => sigmaData * w * x * cIn(s);
    const options = stepOptions(scaling, { objective: "diffusion", parameterisation, denoising: true });
    const state = initTrainState(scaling.init(random(0)), options);
    t.same(Object.keys(state).sort(), ["emas", "moments", "params"], "there is no target and no teacher");
    const runnable = await compile(options, state);
    const inputs = inputsOf(options, { sigmaLow: new Float32Array(3) });
    const { images, noise, sigmaHigh, weight } = inputs;
    const byHand = (w: number) => {
      const terms = Array.from(images, (image, i) => {
        const b = Math.floor(i / 12);
        return weight[b] * (D(w, image + sigmaHigh[b] * noise[i], sigmaHigh[b]) - image) ** 2;
      });
      return terms.reduce((a, b) => a + b, 0) / terms.length;
    };
    t.equal(difference([await lossOf(runnable, inputs)], [byHand(w)], { rtol: 1e-5, atol: 0 }), undefined);
    const { data } = (await gradientsOf(runnable)).get("w")!;
    const numeric = (byHand(w + 1e-4) - byHand(w - 1e-4)) / 2e-4;
    t.equal(difference(data, [numeric], { rtol: 1e-4, atol: 0 }), undefined);
    await runnable.dispose();
  }
});

t.test("distillation: EDM's scaling along the ODE, a consistency model's at both ends", async (t) => {
  const [w, target, teacher] = [0.3, 0.7, -0.4];
  const slope = (x: number, s: number) => (x - edm(teacher, x, s)) / s;
  const moved = (x: number, high: number, low: number) => {
    const [h, first] = [low - high, slope(x, high)];
    return x + (h * (first + slope(x + h * first, low))) / 2;
  };
  const options = stepOptions(scaling, { objective: "distill" });
  const state = initTrainState(scaling.init(random(0)), options);
  t.same(state.teacher, state.params, "both start from the same weights");
  const runnable = await compile(options, { ...state, target: scalar(target), teacher: scalar(teacher) });
  const inputs = { ...inputsOf(options), teacherRate: 1 };
  const { images, noise, sigmaLow, sigmaHigh, weight } = inputs;
  const terms = Array.from(images, (image, i) => {
    const b = Math.floor(i / 12);
    const x = image + sigmaHigh[b] * noise[i];
    const goal = consistent(target, moved(x, sigmaHigh[b], sigmaLow[b]), sigmaLow[b]);
    return weight[b] * (consistent(w, x, sigmaHigh[b]) - goal) ** 2;
  });
  const byHand = terms.reduce((a, b) => a + b, 0) / terms.length;
  t.equal(difference([await lossOf(runnable, inputs)], [byHand], { rtol: 1e-5, atol: 0 }), undefined);
  await runnable.dispose();

  const needs = { engine, generator: pixelwise, data: fixedImages(pixelwise, 32) };
  const start = pixelwise.init(random(3));
  const trainer = await consistencyTrainer({ ...needs, objective: "distill", denoise: 0.5 }, start);
  await trainer.step(0, 4);
  const [frozen, moving] = [await trainer.read("teacher"), await trainer.read("params")];
  await trainer.dispose();
  for (const [path, { data }] of leaves<HostArray>(start)) {
    t.same(frozen.get(`teacher.${path}`)?.data, data, "the teacher stays, from the first step on");
    t.notSame(moving.get(`params.${path}`)?.data, data);
  }
});

t.test("levels of Heun's sampler", async (t) => {
  // Those of 18 steps as the specification prints them.
  const printed = [
    57.586, 40.7856, 28.3746, 19.3525, 12.9101, 8.4009, 5.3152, 3.2568, 1.9233, 1.0882, 0.5853, 0.2964,
    0.1395, 0.0599, 0.0229, 0.0075, 0.002,
  ];
  t.equal(difference(heunLevels(18), printed, { rtol: 0, atol: 5.001e-5 }), undefined);
  t.same(heunLevels(1), []);
  t.same(heunLevels(2, 0.2), [0.2]);
  t.equal(heunLevels(5, 0.2).at(-1), 0.2);
  for (const steps of [0, 1.5]) t.throws(() => heunLevels(steps), /expected at least 1 step/);
  for (const lowest of [0.001, 80, Number.NaN])
    t.throws(() => heunLevels(4, lowest), /the lowest level must be/);
});

t.test("the ODE of a Gaussian, of which the solution is known", async (t) => {
  // Data N(0, s^2): D = x s^2 / (s^2 + sigma^2), and x goes in proportion to sqrt(s^2 + sigma^2).
  const s = 0.5;
  let calls = 0;
  const D = async (x: Float32Array, sigma: number) => {
    calls++;
    return x.map((v) => (v * s * s) / (s * s + sigma * sigma));
  };
  const error = async (steps: number) => {
    calls = 0;
    const levels = [sigmaMax, ...heunLevels(steps)];
    const x = await heunPath(D, Float32Array.of(40, -80), levels);
    const [image] = await D(x, sigmaMin);
    t.equal(calls, heunEvaluations(steps));
    return image / ((40 * s) / Math.hypot(s, sigmaMax)) - 1;
  };
  // Of the same steps in another language, in float64: each time twice the steps, and about a quarter of the error.
  const errors = [await error(10), await error(20), await error(40)];
  t.equal(difference(errors, [0.2196198, 0.0436675, 0.0097735], { rtol: 1e-3, atol: 0 }), undefined);
});

t.test("sampling follows the ODE, and takes noise for its start alone", async (t) => {
  const params = pixelwise.init(random(3));
  const runnable = await engine.compile(
    denoiser(pixelwise, 2, params, "edm"),
    asParams(new Map(leaves<HostArray>(params))),
  );
  const D = async (x: Float32Array, level: number) => {
    const { image } = await runnable.run({ x, sigma: new Float32Array(2).fill(level) });
    return image.data.slice();
  };
  const levels = heunLevels(4);
  const options = { solver: "heun", levels, seed: 5, first: 0 } as const;
  const z = initialNoise(5, 0, 2, pixelwise.shape);
  const end = await heunPath(
    D,
    z.map((v) => v * sigmaMax),
    [sigmaMax, ...levels],
  );
  const expected = (await D(end, sigmaMin)).map((v) => Math.min(Math.max(v, -1), 1));
  const images = await sample(runnable, pixelwise, 2, options);
  t.same(images, expected);
  t.same(await sample(runnable, pixelwise, 2, { ...options, noise: [z] }), images);
  await t.rejects(sample(runnable, pixelwise, 2, { ...options, noise: [z, z] }), /at most one array in all/);
  await t.rejects(sample(runnable, pixelwise, 2, { ...options, levels: [0.001] }), /not below 0\.002/);
  await runnable.dispose();
});

t.test("what an objective decides about other settings", async (t) => {
  const diffusion = trainSettings({ objective: "diffusion", trajectory: "teacher", mu0: 0.5 });
  t.match(diffusion, { trajectory: "data", denoise: 1, targetEma: false, distance: "l2", mu0: 0.5 });
  t.equal(trainSettings({ objective: "diffusion", distance: l2 }).distance, l2);
  for (const distance of ["l1" as const, () => ({}) as never])
    t.throws(() => trainSettings({ objective: "diffusion", distance }), /distance is .*expected "l2"/);
  t.match(trainSettings({ objective: "distill", denoise: 0.5 }), { trajectory: "teacher", denoise: 0 });
  t.same(trainSettings(diffusion), diffusion);
  t.same(inEffect(trainDefaults), trainDefaults);
  t.same(trainProblems({ objective: "distill", trajectory: "teacher" }), []);
  t.match(trainProblems({ logStd: 0 }), [{ field: "logStd", message: "is 0: expected a number above 0" }]);
  t.match(trainProblems({ objective: "gan" as "distill" }), [{ field: "objective" }]);
  t.equal(scalingOf({ objective: "diffusion", parameterisation: "skip" }), "edm");
  t.equal(scalingOf({ objective: "diffusion", parameterisation: "function" }), "function");
  t.equal(scalingOf({ objective: "distill", parameterisation: "skip" }), "skip");
});
