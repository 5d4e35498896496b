// Samplers: noise that belongs to a sample, one step and several, and image functions at once.
import {
  beforeLastStep,
  cOut,
  cSkip,
  denoiser,
  functionScale,
  type Generator,
  initialNoise,
  type MultistepOptions,
  networkInputs,
  oneStepInputs,
  sample,
  sigmaMax,
  sigmaMin,
} from "@imagefn/consistency";
import { constant, type HostArray, program, type Runnable, random } from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import { render } from "@imagefn/transformer";
import t from "tap";
import { awake, engine, pixelwise, tinyCmFunc } from "./generators.js";

const shape = [3, 2, 2];
const params = awake(tinyCmFunc.init(random(3)));
const options = (changes: Partial<MultistepOptions> = {}): MultistepOptions => ({
  levels: [],
  seed: 5,
  first: 0,
  ...changes,
});

/** A compiled denoiser known by hand, f(x, sigma) = x / (1 + sigma), that remembers what it was given. */
function byHand() {
  const runs: { x: Float32Array; sigma: Float32Array }[] = [];
  const run: Runnable["run"] = async (inputs = {}) => {
    const { x, sigma } = inputs as Record<string, Float32Array>;
    runs.push({ x: x.slice(), sigma: sigma.slice() });
    const n = x.length / sigma.length;
    const data = x.map((v, i) => v / (1 + sigma[Math.floor(i / n)]));
    return { image: { shape: [sigma.length, ...shape], data } } as never;
  };
  return { runnable: { run } as Runnable, runs };
}

t.test("initial noise belongs to the number of a sample", async (t) => {
  const all = initialNoise(5, 0, 8, shape);
  t.equal(all.length, 96);
  t.same(initialNoise(5, 0, 8, shape), all, "the same again");
  t.same(initialNoise(5, 3, 2, shape), all.slice(36, 60), "samples 3 and 4 of a batch of two");
  t.notSame(initialNoise(6, 0, 8, shape), all, "another seed");
  const z = initialNoise(5, 0, 2000, shape);
  const mean = z.reduce((s, v) => s + v, 0) / z.length;
  const variance = z.reduce((s, v) => s + v * v, 0) / z.length;
  // 24,000 numbers: four standard errors.
  t.ok(Math.abs(mean) < 0.026 && Math.abs(variance - 1) < 0.037, `mean ${mean}, variance ${variance}`);
});

t.test("one step: f(80 z, 80), clamped", async (t) => {
  const { runnable, runs } = byHand();
  const image = await sample(runnable, pixelwise, 4, options());
  const z = initialNoise(5, 0, 4, shape);
  t.equal(runs.length, 1);
  t.same(runs[0].sigma, new Float32Array(4).fill(80));
  t.same(
    runs[0].x,
    z.map((v) => 80 * v),
  );
  t.equal(
    difference(
      image,
      z.map((v) => Math.min(Math.max((80 * v) / 81, -1), 1)),
      { rtol: 1e-6 },
    ),
    undefined,
  );
  t.ok(image.some((v) => v === 1) && image.some((v) => v === -1), "some are clamped");
});

t.test("several steps: add noise of sqrt(tau^2 - smin^2), denoise, clamp", async (t) => {
  const levels = [10, 0.8, 0.0021];
  const { runnable, runs } = byHand();
  const image = await sample(runnable, pixelwise, 4, options({ levels }));
  t.same(
    runs.map(({ sigma }) => sigma[2]),
    [80, ...levels].map(Math.fround),
  );
  const clamped = (x: Float32Array, sigma: number) =>
    x.map((v) => Math.min(Math.max(v / (1 + sigma), -1), 1));
  for (const [step, tau] of levels.entries()) {
    const before = clamped(runs[step].x, step === 0 ? 80 : levels[step - 1]);
    const scale = Math.sqrt(tau ** 2 - sigmaMin ** 2);
    const z = runs[step + 1].x.map((v, i) => (v - before[i]) / scale);
    const fresh = random(5).stream(`sample/step${step + 1}`);
    const expected = [0, 1, 2, 3].flatMap((s) => [...fresh.normal(12, s)]);
    // Near sigmaMin the noise is small beside the image, and rounded with it.
    t.equal(difference(z, expected, { rtol: 1e-5, atol: 2e-7 / scale }), undefined, `the noise at ${tau}`);
  }
  t.equal(difference(image, clamped(runs[3].x, 0.0021), { rtol: 1e-6 }), undefined, "the last image");
  const zs = [random(5).stream("sample/step1"), random(5).stream("sample/step2"), random(5).stream("sample")];
  t.equal(new Set(zs.map((z) => z.normal(1)[0])).size, 3, "each step has its own noise");
});

t.test("a sample does not depend on its batch", async (t) => {
  const levels = [2, 0.5];
  const images = async (generator: Generator, weights: unknown, batch: number, first: number, seed = 5) => {
    const runnable = await engine.compile(denoiser(generator, batch, weights), { params: weights });
    const out = await sample(runnable, generator, batch, options({ levels, first, seed }));
    await runnable.dispose();
    return out;
  };
  for (const [generator, weights] of [
    [pixelwise, pixelwise.init(random(3))],
    [tinyCmFunc, params],
  ] as const) {
    const n = generator.shape.reduce((a, b) => a * b, 1);
    const all = await images(generator, weights, 4, 0);
    t.same(await images(generator, weights, 4, 0), all, "the same again, bit for bit");
    t.equal(
      difference(await images(generator, weights, 2, 2), all.slice(2 * n), { rtol: 1e-5, atol: 1e-6 }),
      undefined,
      "samples 2 and 3",
    );
    t.not(
      difference(await images(generator, weights, 4, 0, 6), all, { atol: 0.1 }),
      undefined,
      "another seed",
    );
    t.ok(all.every((v) => Math.abs(v) <= 1));
  }
});

t.test("the caller's noise, step by step, and images that are not clamped", async (t) => {
  const levels = [10, 0.8];
  const noise = [1, 2, 3].map((i) => random(40 + i).normal(48));
  const { runnable, runs } = byHand();
  const image = await sample(runnable, pixelwise, 4, options({ levels, noise, clamp: false }));
  t.same(
    runs[0].x,
    noise[0].map((z) => 80 * z),
  );
  let expected = runs[0].x.map((v) => v / 81);
  for (const [step, tau] of levels.entries()) {
    const scale = Math.sqrt(tau ** 2 - sigmaMin ** 2);
    const noisy = expected.map((v, i) => v + scale * noise[step + 1][i]);
    t.equal(difference(runs[step + 1].x, noisy, { rtol: 1e-5, atol: 1e-6 }), undefined, `at ${tau}`);
    expected = runs[step + 1].x.map((v) => v / (1 + tau));
  }
  t.equal(difference(image, expected, { rtol: 1e-6 }), undefined, "nothing is clamped");
  t.ok(
    image.some((v) => Math.abs(v) > 1),
    "some would have been",
  );

  const drawn = byHand();
  const whole = await sample(drawn.runnable, pixelwise, 4, options({ levels }));
  const partly = byHand();
  const first = [initialNoise(5, 0, 4, shape)];
  t.same(await sample(partly.runnable, pixelwise, 4, options({ levels, noise: first })), whole);

  const refused = (given: unknown[]) =>
    sample(byHand().runnable, pixelwise, 4, options({ levels: [1], noise: given as Float32Array[] }));
  await t.rejects(refused([noise[0].slice(1)]), {
    message: "consistency: noise of step 0: expected 48 numbers (got 47)",
  });
  await t.rejects(refused([noise[0], [...noise[1]]]), {
    message: "consistency: noise of step 1: expected a Float32Array of 48 numbers (got Array)",
  });
  await t.rejects(refused(noise), {
    message: "consistency: noise: expected at most one array for each of 2 steps (got 3)",
  });
});

t.test("levels that do not fall, or leave the range, are refused", async (t) => {
  const { runnable, runs } = byHand();
  for (const levels of [[80], [100], [5, 5], [1, 2], [1, 0.002], [0], [-1], [Number.NaN], [3, Number.NaN]])
    await t.rejects(sample(runnable, pixelwise, 2, options({ levels })), {
      message: `consistency: levels must fall from 80 and stay above 0.002 (got ${levels.join(", ")})`,
    });
  t.equal(runs.length, 0);
});

t.test(
  "the last of several steps ends in an image function: its picture is f, parameterisation function",
  async (t) => {
    const batch = 2;
    const coordinates = tinyCmFunc.coordinates(batch);
    const f = await engine.compile(denoiser(tinyCmFunc, batch, params, "function"), { params });
    const inputs = { x: [batch, ...tinyCmFunc.shape], sigma: [batch] };
    const p = program(
      { state: { params } as unknown as Record<string, HostArray>, inputs },
      (state, given) => {
        const { x, t } = networkInputs(given.x, given.sigma);
        const layers = tinyCmFunc.generate(state.params, x, t);
        const grid = constant({ shape: [batch, 16, 2], data: coordinates });
        return { outputs: { y: render(tinyCmFunc.config, layers, grid, [4, 4]) } };
      },
    );
    const generate = await engine.compile(p, { params });
    for (const levels of [[], [2], [10, 0.5]]) {
      const options = { levels, seed: 5, first: 3, clamp: false };
      const image = await sample(f, tinyCmFunc, batch, options);
      const last = await beforeLastStep(levels.length > 0 ? f : undefined, tinyCmFunc, batch, options);
      t.same(last.sigma, new Float32Array(batch).fill(levels.at(-1) ?? 80));
      const { y } = await generate.run(last);
      const drawn = y.data.map((v) => functionScale("function") * v);
      t.equal(difference(drawn, image, { rtol: 1e-5, atol: 1e-6 }), undefined, `levels ${levels}`);
    }
    await t.rejects(beforeLastStep(undefined, tinyCmFunc, batch, { levels: [2], seed: 5, first: 0 }), {
      message: "consistency: 2 steps need a denoiser (got none)",
    });
    await Promise.all([f.dispose(), generate.dispose()]);
  },
);

t.test("an image function in one step: f(80 z, 80) without its skip term", async (t) => {
  const batch = 2;
  const z = initialNoise(5, 0, batch, tinyCmFunc.shape);
  const coordinates = tinyCmFunc.coordinates(batch);
  const p = program(
    {
      state: { params } as unknown as Record<string, HostArray>,
      inputs: { z: [batch, ...tinyCmFunc.shape] },
    },
    (state, inputs) => {
      const { x, t } = oneStepInputs(inputs.z);
      const layers = tinyCmFunc.generate(state.params, x, t);
      const grid = constant({ shape: [batch, 16, 2], data: coordinates });
      return { outputs: { y: render(tinyCmFunc.config, layers, grid, [4, 4]) } };
    },
  );
  const { y } = await (await engine.compile(p, { params })).run({ z });
  const f = await engine.compile(denoiser(tinyCmFunc, batch, params), { params });
  const x = z.map((v) => sigmaMax * v);
  const { image } = await f.run({ x, sigma: Float32Array.of(80, 80), coordinates });
  t.equal(functionScale("skip"), cOut(80));
  t.equal(
    difference(
      y.data.map((v) => functionScale("skip") * v),
      image.data.map((v, i) => v - cSkip(80) * x[i]),
      { rtol: 1e-5, atol: 1e-6 },
    ),
    undefined,
  );
});
