// What a run leaves, that a seed decides every bit of it, and that stopping and resuming change nothing.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadImageFunction, renderBytes } from "@imagefn/inr";
import { openRun, readLog, resolveConfig, train } from "@imagefn/runs";
import t from "tap";
import { checkpoints, differences, positionOf, readPng } from "./reading.js";
import { abortAt, tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const at = (name: string) => join(home, name);
const config = {
  ...tiny,
  pretrain: { ...tiny.pretrain, steps: 100 },
  train: { ...tiny.train, steps: 150 },
  sample: { ...tiny.sample, sizes: [[16, 16] as const, [24, 40] as const] },
} as never as typeof tiny;
const messages: string[] = [];
const whole = await train(config, {
  out: at("whole"),
  isolate: false,
  onMessage: (text) => messages.push(text),
});

t.test("a run leaves its configuration, log, checkpoints, functions and grids", async (t) => {
  const text = messages.join("\n");
  t.match(text, /60 images to train on, 4 held out, 0\.0\d M parameters, engine onnx \(asked for\)/);
  t.match(text, /reconstruction of 4 held-out images: -?\d+\.\d\d dB PSNR/);
  t.same((await openRun(at("whole"))).config, resolveConfig(config));
  t.same(readdirSync(whole.samples).sort(), ["16x16.png", "24x40.png", "data.png"]);
  // Five images in three columns and two rows, two pixels apart.
  t.match(readPng(join(whole.samples, "16x16.png")), { width: 3 * 18 + 2, height: 2 * 18 + 2 });
  t.match(readPng(join(whole.samples, "24x40.png")), { width: 3 * 26 + 2, height: 2 * 42 + 2 });

  const log = readLog(whole.log);
  t.match(log[0], { phase: "pretrain", loss: Number, seconds: Number, learningRate: Number });
  t.match(
    log.find((line) => line.heldOutPsnr !== undefined),
    { phase: "pretrain", step: 100 },
  );
  t.match(log.at(-1), { phase: "train", step: 150, N: 151 });
  const positions = checkpoints(whole).map(positionOf);
  t.same(positions, [
    { ...positions[0], phase: "pretrain", step: 100, pretrainSteps: 100, trainSteps: null },
    { ...positions[1], phase: "train", step: 150, pretrainSteps: 100, trainSteps: 150 },
  ]);
});

t.test("the functions are those of the grids", async (t) => {
  const names = readdirSync(whole.functions).sort();
  t.same(
    names,
    [0, 1, 2, 3, 4].map((i) => `sample-000${i}.safetensors`),
  );
  const grid = readPng(join(whole.samples, "24x40.png"));
  for (const [i, name] of names.entries()) {
    const fn = loadImageFunction(readFileSync(join(whole.functions, name)));
    t.match(fn.metadata, { seed: "0", index: String(i) });
    const { data } = await renderBytes(fn, { width: 24, height: 40 });
    const [left, top] = [2 + (i % 3) * 26, 2 + Math.floor(i / 3) * 42];
    let worst = 0;
    for (let y = 0; y < 40; y++)
      for (let x = 0; x < 24; x++)
        for (let c = 0; c < 3; c++) {
          const there = grid.rgb[((top + y) * grid.width + left + x) * 3 + c];
          worst = Math.max(worst, Math.abs(there - data[(y * 24 + x) * 4 + c]));
        }
    t.ok(worst <= 1, `function ${i}: off by ${worst} of 255 at most`);
  }
});

t.test("the same seed gives the same bits, another seed others", async (t) => {
  t.same(differences(whole, await train(config, { out: at("again") })), []);
  const other = new Set(differences(whole, await train(config, { out: at("other"), seed: 1 })));
  for (const name of ["samples/16x16.png", "samples/data.png", "functions/sample-0000.safetensors"])
    t.ok(other.has(name), `${name} differs`);
});

t.test("stopped in pre-training and in training, and resumed: the same bits as in one go", async (t) => {
  const out = at("parts");
  const stopped = await train(config, { out, ...abortAt(({ phase }) => phase === "pretrain") });
  t.equal(stopped.finished, false);
  const early = checkpoints(stopped).map(positionOf);
  t.match(early, [{ phase: "pretrain", pretrainSteps: 100 }]);
  t.ok(early[0].step < 100, `stopped after ${early[0].step} of 100 steps`);
  await t.rejects(stopped.draw(), {
    code: "only-pretrained",
    message: /parts has only been pre-trained so far \(step \d+ of 100\)/,
    details: { path: out },
  });

  const heard: string[] = [];
  const again = await stopped.resume({
    ...abortAt(({ phase }) => phase === "train"),
    onMessage: (text) => heard.push(text),
  });
  t.equal(again.finished, false);
  t.match(heard.join("\n"), /resuming from .*parts\/checkpoints\/step-0+\d+\.safetensors/);
  const middle = positionOf(checkpoints(again).at(-1)!);
  t.match(middle, { phase: "train", pretrainSteps: 100, trainSteps: 150 });
  t.ok(middle.step < 150, `stopped after ${middle.step} of 150 steps`);
  t.ok(middle.seconds! > early[0].seconds!, "the time of both sittings counts");

  const drawing: string[] = [];
  const [picture] = await again.draw({
    count: 1,
    sizes: [[16, 16]],
    onMessage: (text) => drawing.push(text),
  });
  t.match(
    drawing[0],
    new RegExp(`step ${middle.step} of 150, average of rate 0\\.9; training is not finished`),
    "a stopped run can be sampled",
  );
  t.equal(picture, join(out, `samples/step${100 + middle.step}-seed0-count1-16x16.png`));

  const last = await again.resume();
  t.same(differences(whole, last), [picture.slice(out.length + 1)]);
  // The log has a line for the end of every sitting, and goes on where it stopped.
  const logged = readLog(last.log).filter((line) => line.loss !== undefined);
  const steps = logged.map((line) => (line.phase === "train" ? 100 : 0) + Number(line.step));
  for (const step of [early[0].step, 100, 100 + middle.step, 250]) t.ok(steps.includes(step), `step ${step}`);
  t.same(
    steps,
    [...new Set(steps)].sort((a, b) => a - b),
    "each step once, in order",
  );
});

t.test("minutes fit the steps to the time, and the learning rate ends its decay", async (t) => {
  const heard: string[] = [];
  const decaying = { ...config, train: { ...config.train, decayFrom: 0.5 } };
  const run = await train(
    { ...decaying, budget: { minutes: null } },
    { out: at("timed"), minutes: 0.1, onMessage: (text) => heard.push(text) },
  );
  t.match(heard.join("\n"), /a step takes \d+ ms: \d+ steps fit into 0:0\d/);
  t.equal(run.config.budget.minutes, 0.1);
  const { phase, step, trainSteps, seconds } = positionOf(checkpoints(run).at(-1)!);
  t.equal(phase, "train");
  t.equal(step, trainSteps);
  t.ok(seconds! > 3 && seconds! < 12, `asked for 6 seconds, took ${seconds}`);
  const last = readLog(run.log).at(-1)!;
  t.equal(last.step, trainSteps);
  t.ok(
    Math.abs(Number(last.learningRate) / 5e-5 - 1) < 1e-6,
    `learning rate ${last.learningRate} at the end`,
  );
});
