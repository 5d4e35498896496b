// Training to a time: the shortest one, which everybody tries first.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fieldValues, quick, readLog, resolveConfig, settingsValues, train } from "@imagefn/runs";
import t from "tap";
import { readPng } from "./reading.js";
import { abortAt, tiny } from "./tiny.js";

t.setTimeout(240_000);
const home = t.testdir();

// One thread, to leave one to the other tests; with more of them there are more steps in the same time.
t.test("quick, the first thing that anybody tries, ends within a minute", async (t) => {
  const began = performance.now();
  const run = await train(undefined, { quick: true, threads: 1, out: join(home, "quick") });
  const seconds = (performance.now() - began) / 1000;
  t.equal(run.finished, true);
  t.ok(seconds < 60, `${seconds.toFixed(1)} s`);
  t.equal(readdirSync(run.functions).length, 16);
  const pictures = run.config.sample.sizes.map(([width, height]) => {
    const picture = readPng(join(run.samples, `${width}x${height}.png`));
    return picture.width === 4 * (width + 2) + 2 && picture.height === 4 * (height + 2) + 2;
  });
  t.same(pictures, [true, true, true, true], "16 images in four rows at 32, 64, 128 and a non-square size");
  t.match(run.config.sample.sizes, [
    [32, 32],
    [64, 64],
    [128, 128],
    [96, 160],
  ]);
});

/** Pre-training steps of a quick run with further layers, as the options of the command make them. */
const pretraining = (config: Parameters<typeof resolveConfig>[0], ...values: Record<string, unknown>[]) =>
  resolveConfig(config, [
    { source: "quick", values: quick },
    ...values.map((one, i) => ({ source: `layer ${i}`, values: one })),
  ]).pretrain.steps;

t.test("a quick run by steps pre-trains for no more steps than it trains, and for few", (t) => {
  const steps = (steps: number) => settingsValues({ steps });
  t.equal(pretraining("avatars-tiny", steps(1)), 1);
  t.equal(pretraining("avatars-tiny", steps(30)), 30);
  t.equal(pretraining("avatars-tiny", steps(100_000)), 100);
  t.equal(pretraining({ data: { kind: "avatars", size: 32 } }, steps(1)), 1, "it would be 30 epochs");
  t.equal(pretraining({ preset: "avatars-tiny", pretrain: { steps: 0 } }, steps(5)), 0, "none stays none");
  t.equal(pretraining("avatars-tiny", fieldValues({ "pretrain.steps": 7 }), steps(1)), 7, "as it was set");
  t.equal(pretraining("avatars-tiny"), 500, "a time decides");
  t.equal(
    pretraining("avatars-tiny", fieldValues({ "budget.minutes": null })),
    500,
    "no steps were asked for",
  );
  const plain = resolveConfig("avatars-tiny", [{ source: "steps", values: steps(1) }]);
  t.equal(plain.pretrain.steps, 500, "without quick it is the preset's");
  t.end();
});

t.test("quick with one step trains one, and the log has the engine that ran", async (t) => {
  const auto = { ...tiny, engine: { name: "auto", threads: 1 } as const };
  const run = await train(auto, { quick: true, steps: 1, isolate: false, out: join(home, "one") });
  const log = readLog(run.log).filter(({ loss }) => loss !== undefined);
  t.same(
    log.map(({ phase, step }) => [phase, step]),
    [
      ["pretrain", 1],
      ["train", 1],
    ],
  );
  t.equal(run.config.engine.name, "auto");
  for (const { engine } of log) t.match(engine, /^(onnx|gpujs:\w+)$/);
});

t.test("each session logs its own engine", async (t) => {
  const out = join(home, "two");
  const run = await train(tiny, {
    out,
    isolate: false,
    ...abortAt(({ phase, step }) => phase === "train" && step === 2),
  });
  await run.resume({ isolate: false, engine: "gpujs:cpu" });
  const engines = readLog(run.log).flatMap(({ phase, engine }) => (engine ? [[phase, engine]] : []));
  t.same(engines, [
    ["pretrain", "onnx"],
    ["train", "onnx"],
    ["train", "gpujs:cpu"],
  ]);
});
