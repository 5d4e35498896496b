// A plan says what training would do, and writes nothing.
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { networkOf, parameterCount, planRun, resolveConfig, train } from "@imagefn/runs";
import t from "tap";
import { meanStepSeconds } from "../dist/plan/meanStep.js";
import { tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
process.env.IMAGEFN_CACHE = join(home, "cache");
const at = (...path: string[]) => join(home, ...path);

/** Every path below a folder with its size and time. */
const tree = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((path) => {
      const { size, mtimeMs } = statSync(join(folder, path));
      return [path, size, mtimeMs];
    });

t.test("a plan has the images, the network, and what a few steps cost", async (t) => {
  process.chdir(home);
  const config = resolveConfig(tiny);
  const before = tree(home);
  const plan = await planRun(config);
  t.same(tree(home), before, "nothing was written, the cache neither");
  t.same(plan.config, config);
  t.match(plan.out, /^runs[/\\]tiny-\d{8}-\d{6}$/);
  const { name, train: images, heldOut, classes, bytes, cache, warnings } = plan.data;
  t.same(
    { name, images, heldOut, classes, bytes, cache, warnings },
    {
      name: "avatars:pixel-art",
      images: 60,
      heldOut: 4,
      classes: [],
      bytes: 64 * 3 * 16 * 16,
      cache: at("cache"),
      warnings: [],
    },
  );
  // The first layer has 2 peDim features, and each layer a bias: (16 + 1) 16 + (16 + 1) 16 + (16 + 1) 3.
  t.same(plan.generator, {
    kind: "func",
    title: "CM-Func",
    parameters: parameterCount(networkOf(config, 0)),
    functionParameters: 595,
  });
  t.same(plan.schedule, { minutes: null, pretrainSteps: 4, trainSteps: 6 });
  const { engine, pretrainStepSeconds: first = 0, trainStepSeconds: then = 0, peakBytes = 0 } = plan.measured;
  t.equal(plan.measured.error, undefined);
  t.equal(engine, "onnx");
  t.ok(first > 0 && then > 0, `${first} and ${then} seconds a step`);
  t.ok(peakBytes > 50 * 2 ** 20 && peakBytes < 4 * 2 ** 30, `${peakBytes} bytes`);
  t.same(plan.estimate, {
    pretrainSteps: 4,
    trainSteps: 6,
    seconds: 4 * first + 6 * then,
    memory: peakBytes + bytes,
    // Weights, two moments, the target and two averages.
    state: 4 * plan.generator.parameters * 6,
  });
  t.same(JSON.parse(JSON.stringify(plan)), plan, "a plain object");
});

t.test("under a time, the steps that fit are estimated", async (t) => {
  const config = resolveConfig({ ...tiny, budget: { minutes: 2, pretrainShare: 0.25 } });
  const { schedule, estimate, measured } = await planRun(config);
  t.same(schedule, { minutes: 2, pretrainSteps: null, trainSteps: null });
  t.equal(estimate.seconds, 120);
  t.equal(estimate.pretrainSteps, Math.round(30 / measured.pretrainStepSeconds!));
  t.equal(estimate.trainSteps, Math.round(90 / measured.trainStepSeconds!));
});

t.test("a generator of images has no pre-training and no functions", async (t) => {
  const { schedule, generator, measured } = await planRun(
    resolveConfig({ ...tiny, generator: { ...tiny.generator, kind: "unet" } }),
  );
  t.equal(schedule.pretrainSteps, 0);
  t.match(generator, { kind: "unet", title: "CM-UNet", functionParameters: undefined });
  t.equal(measured.pretrainStepSeconds, undefined);
  t.ok(measured.trainStepSeconds! > 0);
});

t.test("what was not measured is not estimated", async (t) => {
  const without = await planRun(resolveConfig(tiny), { seconds: 0 });
  t.same(without.measured, { error: "not asked for" });
  t.match(without.estimate, { seconds: null, memory: null });
  const short = await planRun(resolveConfig(tiny), { seconds: 0.05 });
  t.equal(short.measured.error, "no answer within 0.05 seconds");
  t.match(short.estimate, { seconds: null, memory: null, trainSteps: 6 });
});

t.test("images of a folder are counted by class, and not decoded", async (t) => {
  for (const [name, count] of [
    ["cats", 5],
    ["dogs", 3],
  ] as const) {
    mkdirSync(at("pictures", name), { recursive: true });
    for (let i = 0; i < count; i++) writeFileSync(at("pictures", name, `${i}.png`), "not a picture");
  }
  const data = { kind: "folder", path: at("pictures"), size: 16, classes: true } as const;
  const config = resolveConfig({ ...tiny, data });
  const before = tree(home);
  const plan = await planRun(config, { seconds: 0, out: at("new", "run") });
  t.same(plan.data.classes, [
    { name: "cats", images: 5 },
    { name: "dogs", images: 3 },
  ]);
  t.equal(plan.out, at("new", "run"));
  t.same(tree(home), before);
});

t.test("what training refuses before its first step is refused", async (t) => {
  const refused = (config: object, options: object, expected: { code: string; message?: RegExp }) =>
    t.rejects(planRun(resolveConfig({ ...tiny, ...config }), { seconds: 0, ...options }), expected);
  const run = await train(tiny, { out: at("run"), steps: 1 });
  await refused({}, { out: run.path }, { code: "run-exists" });
  await refused({}, { out: at("pictures") }, { code: "folder-not-empty" });
  await refused(
    { train: { ...tiny.train, batch: 61 } },
    {},
    { code: "invalid-data", message: /^train\.batch is 61, but there are 60 training images/ },
  );
  const gone = resolveConfig({ ...tiny, data: { kind: "folder", size: 16, path: at("nowhere") } });
  await t.rejects(planRun(gone, { seconds: 0 }), { message: /nowhere/ });
  const weights = process.env.IMAGEFN_WEIGHTS;
  process.env.IMAGEFN_WEIGHTS = "";
  await refused({ train: { ...tiny.train, distance: "lpips" } }, {}, { code: "missing-weights" });
  if (weights === undefined) delete process.env.IMAGEFN_WEIGHTS;
  else process.env.IMAGEFN_WEIGHTS = weights;
});

t.test("the mean of steps of several kinds, as parts of the steps or of the time", async (t) => {
  const kinds = [
    { part: 0.75, seconds: 0.1 },
    { part: 0.25, seconds: 0.3 },
  ];
  t.equal(meanStepSeconds(kinds, false), 0.75 * 0.1 + 0.25 * 0.3);
  // In 60 seconds, 450 steps of 0.1 s and 50 of 0.3 s.
  t.equal(Math.round(60 / meanStepSeconds(kinds, true)), 500);
  t.equal(meanStepSeconds([{ part: 1, seconds: 0.3 }], true), 0.3);
});
