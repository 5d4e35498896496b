// Diffusion models (train.objective diffusion), what is made of them, and their distillation (distill).
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { weightsIn } from "@imagefn/consistency";
import type { HostArray } from "@imagefn/ops";
import { openTrained, type PartialConfig, resolveConfig, train } from "@imagefn/runs";
import t from "tap";
import { readCheckpoint } from "../dist/folder/checkpoint.js";
import { multistepLevels } from "../dist/sampling/levels.js";
import { readPng } from "./reading.js";
import { abortAt, tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const at = (name: string) => join(home, name);
const withTrain = (fields: object): PartialConfig =>
  ({ ...tiny, train: { ...tiny.train, parameterisation: "function", ...fields } }) as PartialConfig;
const diffusion = withTrain({ objective: "diffusion" });
const run = await train(diffusion, { out: at("diffusion"), isolate: false });

t.test("a diffusion run is trained without target, and sampled by Heun's method", async (t) => {
  const { state } = await readCheckpoint(run);
  const parts = new Set(
    [...state.keys()].map((path) => path.replace(/^(emas\.\d|moments\.\w|\w+)\..*/, "$1")),
  );
  t.same(parts, new Set(["params", "emas.0", "emas.1", "moments.m", "moments.v"]));
  t.ok(readdirSync(run.functions).length > 0, "the last step ends in image functions");

  const messages: string[] = [];
  const out = at("drawn");
  const paths = await run.draw({
    ...{ count: 2, separate: true, saveFunctions: true, out },
    sizes: [[20, 12]],
    onMessage: (text) => messages.push(text),
  });
  const { width, height } = readPng(paths[0]);
  t.same([width, height], [20, 12]);
  t.match(messages.join("\n"), /Heun's method: 18 steps, 35 evaluations of the network for each sample/);
  const functions = readdirSync(out).filter((name) => name.endsWith(".safetensors"));
  t.equal(functions.length, 2);
  t.match(functions[0], /-levels18-/);
  const [one] = await run.draw({ count: 1, steps: 1, out });
  const [many] = await run.draw({ count: 1, steps: 4, out });
  t.notSame(readPng(one).rgb, readPng(many).rgb);
  const { path } = await run.export({ what: "function", out: at("one.safetensors") });
  t.ok(readFileSync(path).length > 0);
});

t.test("levels end at train.lowest, or where the parameterisation allows", async (t) => {
  const { train } = run.config;
  t.equal(multistepLevels(4, train).at(-1), 0.2);
  t.equal(multistepLevels(4, { ...train, lowest: 0.05 }).at(-1), 0.05);
  t.equal(multistepLevels(4, { ...train, parameterisation: "skip" }).at(-1), 0.002);
  t.equal(multistepLevels(200, train).length, 199, "there is no grid that bounds them");
});

t.test("what takes a consistency model refuses a diffusion run before it works", async (t) => {
  const refused = (promise: Promise<unknown>, what: string) =>
    t.rejects(promise, {
      code: "diffusion-run",
      message: new RegExp(`is a diffusion model .*: ${what} needs a consistency model\\. Distil it`),
    });
  await refused(run.animate(), "an animation");
  await refused(run.edit({ interpolate: [0, 1] }), "an edit");
  await refused(run.searchLevels({ steps: 2, network: "random-conv" }), "a search for noise levels");
  await refused(run.export(), "a generator in one call");
});

t.test("settings that the objective does not read are refused, and are not in its file", async (t) => {
  const resolve = (fields: object, preset = "avatars-tiny") =>
    resolveConfig(preset, [{ source: "the options", values: { train: fields } }]);
  const refused = (fields: object, message: RegExp) => t.throws(() => resolve(fields), { message });
  const given = { s0: 4, s1: 40, trajectory: "teacher", denoise: 0.5, levels: "ect", weighting: "ict" };
  for (const [name, value] of Object.entries({ ...given, targetEma: false, mu0: 0.5, grid: "doubling" }))
    refused(
      { objective: "diffusion", [name]: value },
      new RegExp(`train\\.${name} has no effect, since train\\.objective is diffusion`),
    );
  refused({ objective: "diffusion", distance: "l1" }, /train\.distance has no effect, .* which takes l2/);
  refused({ teacher: "x" }, /train\.teacher has no effect, since train\.objective is consistency/);
  refused({ logStd: 1 }, /train\.logStd has no effect, since train\.levels is uniform/);
  refused({ objective: "distill" }, /train\.teacher is null, but train\.objective is distill/);
  refused({ objective: "distill", teacher: "x", denoise: 0.3 }, /train\.denoise has no effect/);

  const own = resolve({ objective: "diffusion", logMean: 0 });
  t.match(own.train, { trajectory: "data", denoise: 0, distance: "l2", parameterisation: "function" });
  t.same(resolveConfig(own), own, "its file is a configuration");
  const distilled = resolve({ objective: "distill", teacher: "x" });
  t.match(distilled, { pretrain: { steps: 0 }, train: { denoise: 0, s1: 20 } });
  t.same(resolveConfig(distilled), distilled);
});

const teacher = run.path;
/** Without the fields of pre-training, of which a distilled run has none. */
const distill = (fields: object = {}) => {
  const { pretrain: _, ...config } = withTrain({ objective: "distill", teacher, ...fields });
  return config;
};

t.test(
  "a distilled run starts from the average of a diffusion run, and keeps it as its teacher",
  async (t) => {
    const copy = at("copy");
    const short = withTrain({ objective: "diffusion", steps: 2 });
    await train(short, { out: copy, isolate: false });
    const from = await openTrained(copy, {});
    const messages: string[] = [];
    const steps = { steps: 4, teacher: copy };
    const stop = abortAt(({ phase, step }) => phase === "train" && step === 2);
    const half = await train(distill(steps), {
      out: at("half"),
      isolate: false,
      onMessage: (text) => messages.push(text),
      ...stop,
    });
    t.notOk(half.finished);
    t.match(messages.join("\n"), /distils .*copy.* at step 6/);
    // The run has all that it needs.
    rmSync(copy, { recursive: true });
    const end = await half.resume({ isolate: false });
    t.ok(end.finished);
    const { state, position } = await readCheckpoint(end);
    t.equal(position.pretrainSteps, 0);
    const kept = weightsIn(state, "teacher");
    const bytes = (weights: ReadonlyMap<string, HostArray>) =>
      Buffer.concat(
        [...weights.values()].map(
          ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
        ),
      );
    t.ok(bytes(kept).equals(bytes(from.weights)));
    t.notOk(bytes(weightsIn(state, "params")).equals(bytes(from.weights)));
    t.equal(
      (await end.draw({ count: 1, steps: 2, sizes: [[20, 12]] })).length,
      1,
      "it is a consistency model",
    );
  },
);

t.test("a teacher that cannot be distilled is refused before anything is made", async (t) => {
  const refused = async (config: PartialConfig, message: RegExp | string, code = "invalid-config") => {
    await t.rejects(train(config, { out: at("refused"), isolate: false }), { code, message });
    t.notOk(readdirSync(home).includes("refused"));
  };
  await refused(distill({ teacher: at("none") }), /there is no run folder/, "not-a-run");
  await refused(
    distill({ parameterisation: "skip" }),
    /train\.teacher .* with train\.parameterisation function, and this run has skip/,
  );
  const { func } = tiny.generator;
  await refused(
    { ...distill(), generator: { ...tiny.generator, func: { ...func, dim: 32 } } } as PartialConfig,
    /has another network \(dim 16, now 32\): expected the same/,
  );
  const consistency = await train(withTrain({}), { out: at("consistency"), isolate: false });
  await refused(
    distill({ teacher: consistency.path }),
    /has train\.objective consistency, a model that makes images in one step: expected a run of train\.objective diffusion/,
  );
  const classes = { ...tiny.data, styles: ["pixel-art", "thumbs"], classes: true };
  await refused(
    { ...distill(), data: classes } as PartialConfig,
    /was trained with no classes, and these images have .*pixel-art.*thumbs/,
  );
});

t.test("with the skip term samples are images, and several steps no functions", async (t) => {
  const config = withTrain({ objective: "diffusion", parameterisation: "skip", steps: 2 });
  const sample: PartialConfig["sample"] = { ...config.sample, sizes: [[20, 12]] };
  const skip = await train({ ...config, sample }, { out: at("skip"), isolate: false });
  t.equal(skip.finished, true);
  t.same(
    readdirSync(skip.samples).filter((name) => /^\d/.test(name)),
    ["16x16.png"],
    "images have one size",
  );
  t.equal((await skip.images({ count: 1 })).length, 1);
  await t.rejects(skip.sample({ count: 1 }), { code: "no-functions", message: /diffusion model/ });
  await t.rejects(skip.draw({ sizes: [[20, 12]] }), {
    message: /steps 18 gives images of the training size/,
  });
  await t.rejects(skip.export({ what: "function" }), {
    message: /^steps 18: 18 steps of a diffusion model .* skip make images/,
  });
});
