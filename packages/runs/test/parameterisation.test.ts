// The image function alone (train.parameterisation `function`): steps, sizes, functions, files and resume follow it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stepNoise } from "@imagefn/consistency";
import { loadImageFunction, render, renderBytes } from "@imagefn/inr";
import { onnxEngine } from "@imagefn/ops";
import { openRun, openTrained, sampler, train } from "@imagefn/runs";
import { difference } from "@imagefn/testing";
import { InferenceSession, Tensor } from "onnxruntime-node";
import t from "tap";
import { multistepLevels } from "../dist/sampling/levels.js";
import { readPng } from "./reading.js";
import { tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const distilled = { trajectory: "teacher", denoise: 0.5 };
const config = {
  ...tiny,
  train: {
    ...tiny.train,
    steps: 6,
    parameterisation: "function",
    optimizer: "adam",
    learningRate: 0.05,
    ...distilled,
  },
} as typeof tiny;
// With the teacher of a distilled run in its checkpoints as well.
const run = await train(config, { out: join(home, "run"), isolate: false });
const side = run.config.data.size;

t.test("two steps end in image functions, drawn at any size and saved", async (t) => {
  const out = join(home, "two");
  const paths = await run.draw({
    count: 2,
    steps: 2,
    sizes: [[20, 12]],
    saveFunctions: true,
    separate: true,
    out,
  });
  const [first] = paths.map(readPng);
  t.same([first.width, first.height], [20, 12]);
  const saved = readdirSync(out)
    .filter((name) => name.endsWith(".safetensors"))
    .sort();
  t.equal(saved.length, 2);
  const bytes = await renderBytes(await loadImageFunction(readFileSync(join(out, saved[0]))), {
    width: 20,
    height: 12,
  });
  t.equal(
    difference(
      first.rgb,
      bytes.data.filter((_, i) => i % 4 < 3),
      { rtol: 0, atol: 1 },
    ),
    undefined,
    "the picture is the saved function's",
  );
});

t.test("a function is f at the training size, for one step and for three", async (t) => {
  const trained = await openTrained(run.path, {});
  const engine = await onnxEngine({ threads: 1 });
  for (const steps of [1, 3]) {
    const options = {
      parameterisation: "function",
      levels: multistepLevels(steps, run.config.train),
    } as const;
    const functions = await sampler(engine, trained.generator, trained.weights, options);
    const images = await sampler(engine, trained.generator, trained.weights, { ...options, images: true });
    const [fn] = await functions.samples({ count: 1, seed: 4 });
    const [image] = await images.samples({ count: 1, seed: 4 });
    t.notOk(fn instanceof Float32Array);
    const { data } = await render(fn as Exclude<typeof fn, Float32Array>, { width: side, height: side });
    const planar = data.map((v) => Math.min(Math.max(v, -1), 1));
    t.equal(
      difference(planar, image as Float32Array, { rtol: 1e-4, atol: 1e-5 }),
      undefined,
      `${steps} steps`,
    );
    await Promise.all([functions.dispose(), images.dispose()]);
  }
});

t.test(
  "levels of further steps: in equal ratios for functions, on the grid of training with the skip term",
  async (t) => {
    const close = (levels: number[], expected: number[]) =>
      t.equal(difference(levels, expected, { rtol: 1e-4, atol: 0 }), undefined, `${expected}`);
    t.same(multistepLevels(1, { s1: 20, parameterisation: "function" }), []);
    close(multistepLevels(2, { s1: 20, parameterisation: "function" }), [0.894427]);
    close(multistepLevels(3, { s1: 20, parameterisation: "function" }), [4, 0.2]);
    close(multistepLevels(2, { s1: 20, parameterisation: "skip" }), [2.5152]);
  },
);

t.test("what is exported draws what the run draws, in one step and in three", async (t) => {
  const { seed } = run.config;
  const shape = [1, 3, side, side];
  for (const steps of [1, 3]) {
    const { path } = await run.export({ size: [side, side], steps });
    t.match(path, steps === 1 ? /generator-step\d+-16x16-batch1/ : /generator-step\d+-levels3-16x16-batch1/);
    const session = await InferenceSession.create(path);
    const noise = Array.from({ length: steps }, (_, step) => {
      const z = stepNoise(step, { seed, first: 0, count: 1, shape: [3, side, side] });
      return [step === 0 ? "z" : `z${step}`, new Tensor("float32", z, shape)];
    });
    const { image } = await session.run(Object.fromEntries(noise));
    await session.release();
    const [own] = await run.images({ count: 1, steps });
    t.equal(difference(image.data as Float32Array, own.data, { rtol: 1e-4, atol: 1e-5 }), undefined);

    const fn = await run.export({ what: "function", format: "safetensors", steps });
    const { scale, layers } = loadImageFunction(readFileSync(fn.path));
    const [sampled] = await run.sample({ count: 1, steps });
    t.same([scale, layers[0].weight.data], [sampled.scale, sampled.layers[0].weight.data], `${steps} steps`);
  }
});

t.test(
  "with the skip term several steps make images of the training size, and the error names the setting",
  async (t) => {
    const skip = await train(tiny, { out: join(home, "skip"), isolate: false });
    await t.rejects(skip.draw({ steps: 2, sizes: [[20, 12]] }), {
      code: "invalid-option",
      message: /steps 2 gives images of the training size only.* train\.parameterisation function/,
    });
    await t.rejects(skip.export({ steps: 2, size: [20, 12] }), {
      code: "invalid-option",
      message: /^size 20x12: 2 steps of a run with train\.parameterisation skip make images of 16x16 only/,
    });
    await t.rejects(skip.export({ steps: 2, what: "function" }), {
      code: "invalid-option",
      message: /^steps 2: /,
    });
    await t.rejects(skip.sample({ steps: 2 }), {
      code: "no-functions",
      message: /^2 steps of a run with .* skip make images/,
    });
    t.equal(
      (await openRun(run.path)).config.train.parameterisation,
      "function",
      "the run's folder says which",
    );
  },
);
