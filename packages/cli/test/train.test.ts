// `imagefn train` as a process: what it prints, and how Ctrl-C ends it. What a run holds is tested in the package runs.
import { join } from "node:path";
import t from "tap";
import { imagefnHere } from "./inProcess.js";
import { checkpoints, imagefnIn, paragraph, positionOf, tinyYaml } from "./tiny.js";

t.setTimeout(240_000);
const home = t.testdir({ "tiny.yaml": tinyYaml });
const imagefn = imagefnIn(home);
const here = imagefnHere(home);
const inHome = (...path: string[]) => join(home, ...path);

t.test("a training tells its folder, the engine, its progress, and what it leaves", async (t) => {
  const ended = await imagefn("train tiny.yaml --out whole");
  t.equal(ended.status, 0, ended.stderr);
  t.equal(ended.stdout, "");
  t.match(ended.stderr, /^run folder whole\n/);
  t.match(ended.stderr, /60 images to train on, 4 held out, 0\.0\d M parameters, engine onnx \(asked for\)/);
  t.match(ended.stderr, /\npretrain +1\/100 +loss .*\npretrain +100\/100 .*\ntrain +1\/150 /s);
  t.match(ended.stderr, /reconstruction of 4 held-out images: -?\d+\.\d\d dB PSNR/);
  t.match(ended.stderr, /done: 5 image functions in whole\/functions/);
});

t.test("stopped by Ctrl-C in pre-training and in training, and resumed", async (t) => {
  const first = await imagefn("train tiny.yaml --out parts", { interruptAt: /\npretrain +1\/100/ });
  t.equal(first.status, 130, first.stderr);
  t.match(first.stderr, /stopping after this step, with a checkpoint/);
  t.match(first.stderr, /stopped; resume with: imagefn train --resume parts\n$/);
  const early = checkpoints(inHome("parts")).map(positionOf);
  t.match(early, [{ phase: "pretrain", pretrainSteps: 100 }]);
  t.ok(early[0].step < 100, `stopped after ${early[0].step} of 100 steps`);

  const refused = await here("sample parts");
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

  const sampled = await here("sample parts --count 1 --size 16");
  t.equal(sampled.status, 0, "a stopped run can be sampled");
  t.match(
    sampled.stderr,
    new RegExp(`step ${middle.step} of 150, average of rate 0\\.9; training is not finished`),
  );
  t.match(sampled.stdout, `parts/samples/step${100 + middle.step}-seed0-count1-16x16.png\n`);

  const last = await here("train --resume parts");
  t.equal(last.status, 0, last.stderr);
  t.match(positionOf(checkpoints(inHome("parts")).at(-1)!), { phase: "train", step: 150 });
});
