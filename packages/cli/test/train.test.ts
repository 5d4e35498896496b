// Training end to end: what a run leaves, that a seed decides every bit of it, and that stopping changes nothing.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadImageFunction, renderBytes } from "@imagefn/inr";
import { readSafetensors } from "@imagefn/ops";
import { openRunFolder, readLog, resolveConfig } from "@imagefn/runs";
import t from "tap";
import { checkpoints, imagefnIn, paragraph, positionOf, readPng, tinyYaml } from "./tiny.js";

t.setTimeout(240_000);
const home = t.testdir({ "tiny.yaml": tinyYaml });
const imagefn = imagefnIn(home);
const inHome = (...path: string[]) => join(home, ...path);

/** All that has to be the same for runs to be equal: pictures, functions, and the last checkpoint but its seconds. */
function results(run: string): Map<string, unknown> {
  const files = ["samples", "functions"].flatMap((folder) =>
    readdirSync(inHome(run, folder)).map((name) => join(folder, name)),
  );
  const last = checkpoints(inHome(run)).at(-1)!;
  const { seconds: _, ...position } = positionOf(last);
  return new Map<string, unknown>([
    ...files.map((file): [string, string] => [file, readFileSync(inHome(run, file), "base64")]),
    ["position", position],
    ...[...readSafetensors(readFileSync(last)).tensors].map(([path, { shape, data }]): [string, unknown] => [
      path,
      [shape, Buffer.from(data.buffer).toString("base64")],
    ]),
  ]);
}

/** The names of what differs between two runs. */
function differences(a: string, b: string): string[] {
  const [one, other] = [results(a), results(b)];
  const names = new Set([...one.keys(), ...other.keys()]);
  return [...names].filter((name) => JSON.stringify(one.get(name)) !== JSON.stringify(other.get(name)));
}

t.test("a run leaves its configuration, log, checkpoints, functions and grids", async (t) => {
  const ended = await imagefn("train tiny.yaml --out whole");
  t.equal(ended.status, 0, ended.stderr);
  t.match(ended.stderr, /^run folder whole\n/);
  t.match(ended.stderr, /60 images to train on, 4 held out, 0\.0\d M parameters, engine onnx \(asked for\)/);
  t.match(ended.stderr, /\npretrain +1\/100 +loss .*\npretrain +100\/100 .*\ntrain +1\/150 /s);
  t.match(ended.stderr, /reconstruction of 4 held-out images: -?\d+\.\d\d dB PSNR/);
  t.match(ended.stderr, /done: 5 image functions in whole\/functions/);

  const run = openRunFolder(inHome("whole"));
  t.same(run.config, resolveConfig(inHome("tiny.yaml")));
  t.same(readdirSync(run.samples).sort(), ["16x16.png", "24x40.png", "data.png"]);
  // Five images in three columns and two rows, two pixels apart.
  t.match(readPng(join(run.samples, "16x16.png")), { width: 3 * 18 + 2, height: 2 * 18 + 2 });
  t.match(readPng(join(run.samples, "24x40.png")), { width: 3 * 26 + 2, height: 2 * 42 + 2 });

  const log = readLog(run.log);
  t.match(log[0], { phase: "pretrain", loss: Number, seconds: Number, learningRate: Number });
  const held = log.find((line) => line.heldOutPsnr !== undefined);
  t.match(held, { phase: "pretrain", step: 100 });
  t.match(log.at(-1), { phase: "train", step: 150, N: 151 });
  t.same(checkpoints(run.path).map(positionOf), [
    {
      ...positionOf(checkpoints(run.path)[0]),
      phase: "pretrain",
      step: 100,
      pretrainSteps: 100,
      trainSteps: null,
    },
    {
      ...positionOf(checkpoints(run.path)[1]),
      phase: "train",
      step: 150,
      pretrainSteps: 100,
      trainSteps: 150,
    },
  ]);
});

t.test("the functions are those of the grids", async (t) => {
  const names = readdirSync(inHome("whole", "functions")).sort();
  t.same(
    names,
    [0, 1, 2, 3, 4].map((i) => `sample-000${i}.safetensors`),
  );
  const grid = readPng(inHome("whole", "samples", "24x40.png"));
  for (const [i, name] of names.entries()) {
    const fn = loadImageFunction(readFileSync(inHome("whole", "functions", name)));
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
  t.equal((await imagefn("train tiny.yaml --out again")).status, 0);
  t.same(differences("whole", "again"), []);
  t.equal((await imagefn("train tiny.yaml --out other --seed 1")).status, 0);
  const other = new Set(differences("whole", "other"));
  for (const name of ["samples/16x16.png", "samples/data.png", "functions/sample-0000.safetensors"])
    t.ok(other.has(name), `${name} differs`);
});

t.test("stopped in pre-training and in training, and resumed: the same bits as in one go", async (t) => {
  const first = await imagefn("train tiny.yaml --out parts", { interruptAt: /\npretrain +1\/100/ });
  t.equal(first.status, 130, first.stderr);
  t.match(first.stderr, /stopping after this step, with a checkpoint/);
  t.match(first.stderr, /stopped; resume with: imagefn train --resume parts\n$/);
  const early = checkpoints(inHome("parts")).map(positionOf);
  t.match(early, [{ phase: "pretrain", pretrainSteps: 100 }]);
  t.ok(early[0].step < 100, `stopped after ${early[0].step} of 100 steps`);

  const refused = await imagefn("sample parts");
  t.equal(refused.status, 1);
  t.match(
    paragraph(refused),
    /parts has only been pre-trained so far \(step \d+ of 100\).*imagefn train --resume parts/,
  );

  const second = await imagefn("train --resume parts", { interruptAt: /\ntrain +1\/150/ });
  t.equal(second.status, 130, second.stderr);
  t.match(second.stderr, /resuming from parts\/checkpoints\/step-0+\d+\.safetensors/);
  const middle = positionOf(checkpoints(inHome("parts")).at(-1)!);
  t.match(middle, { phase: "train", pretrainSteps: 100, trainSteps: 150 });
  t.ok(middle.step < 150, `stopped after ${middle.step} of 150 steps`);
  t.ok(middle.seconds! > early[0].seconds!, "the time of both sittings counts");

  const sampled = await imagefn("sample parts --count 1 --size 16");
  t.equal(sampled.status, 0, "a stopped run can be sampled");
  t.match(
    sampled.stderr,
    new RegExp(`step ${middle.step} of 150, average of rate 0\\.9; training is not finished`),
  );
  t.match(sampled.stdout, `parts/samples/step${100 + middle.step}-seed0-count1-16x16.png\n`);

  const last = await imagefn("train --resume parts");
  t.equal(last.status, 0, last.stderr);
  t.same(differences("whole", "parts"), [sampled.stdout.trim().replace("parts/", "")]);
  // The log has a line for the end of every sitting, and goes on where it stopped.
  const logged = readLog(inHome("parts", "log.jsonl")).filter((line) => line.loss !== undefined);
  const steps = logged.map((line) => (line.phase === "train" ? 100 : 0) + Number(line.step));
  for (const step of [early[0].step, 100, 100 + middle.step, 250]) t.ok(steps.includes(step), `step ${step}`);
  t.same(
    steps,
    [...new Set(steps)].sort((a, b) => a - b),
    "each step once, in order",
  );
});
